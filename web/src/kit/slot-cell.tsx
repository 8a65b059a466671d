/** What one slot holds: the version, whether it is validated, what is on its way, and any hold. */
import { Link } from '@tanstack/react-router'
import type { Slot } from '../api/rollouts.ts'
import { stateInWords, unprovenInWords } from '../format/deployment.ts'
import { MovesWith } from './moves-with.tsx'
import { Gaps } from './gaps.tsx'
import { Stalled } from './stalled.tsx'
import { State } from './state.tsx'

export function SlotCell({ slot, onPath }: { slot: Slot | undefined; onPath: boolean }) {
  if (!onPath && slot === undefined) return <span className="text-quiet">not on its path</span>
  if (slot === undefined) return <span className="text-quiet">nothing yet</span>
  const { inFlight, hold, gaps, stalled } = slot
  return (
    <div className="flex flex-col items-start">
      <Holds slot={slot} />
      <Gaps of={gaps} />
      {inFlight !== null && (
        <Link to="/rollouts/$id" params={{ id: inFlight.id }} className="py-1 text-xs leading-4">
          <State
            of="running"
            text={`${inFlight.version}: ${stateInWords(inFlight).text.toLowerCase()}`}
          />
        </Link>
      )}
      {hold !== null && (
        <span className="text-xs" title={hold.reason}>
          {hold.movesWith === null ? (
            <State of="held" text={`Held by ${hold.by}`} />
          ) : (
            <MovesWith with={hold.movesWith} />
          )}
        </span>
      )}
      {stalled !== null && <Stalled stalled={stalled} />}
    </div>
  )
}

export function Holds({ slot: { deployed, validated, unproven } }: { slot: Slot }) {
  if (deployed === null) return <span className="text-quiet">nothing yet</span>
  const isValidated = validated?.release === deployed.release
  return (
    <span className="flex items-baseline gap-2 leading-6">
      <Link
        to="/rollouts/$id"
        params={{ id: deployed.deployment }}
        className="text-ink py-0.5 font-mono font-medium"
      >
        {deployed.version}
      </Link>
      <span className="text-xs">
        {isValidated ? <State of="validated" /> : <State of="none" text="not validated" />}
        {unproven.length > 0 && <State of="none" text={unprovenInWords(unproven)} tone="open" />}
      </span>
    </span>
  )
}
