/** Before somebody goes back: where to, how fast, why so, and what it would wait for. */
import { useQuery } from '@tanstack/react-query'
import { wayBackQuery } from '../../api/queries.ts'
import type { WayBack } from '../../api/rollouts.ts'
import { Answer } from '../../kit/answer.tsx'
import { Reasons } from '../../kit/reasons.tsx'
import { Says } from '../../kit/state.tsx'

/** What was read is what is done: the same release, by the same way. */
export function asShown(way: WayBack | undefined): { to?: string; forward?: boolean } {
  return way === undefined ? {} : { to: way.to.release, forward: way.path === 'forward' }
}

export function WayBackOf({ service, environment }: { service: string; environment: string }) {
  const way = useQuery(wayBackQuery(environment, service))
  return <Answer query={way}>{(known) => <Way way={known} />}</Answer>
}

const FAST = {
  fast: 'At once and whole, without approval; the slot is held until somebody resumes it.',
  forward: 'As a promotion, with its gates, its approvals and its steps.',
} as const

function Way({ way: { to, undoes, path, why, caution, verdict } }: { way: WayBack }) {
  const unmet = verdict?.reasons.filter(({ state }) => state !== 'met') ?? []
  return (
    <>
      <p>
        From <span className="font-mono">{undoes.version}</span> back to{' '}
        <span className="font-mono font-medium">{to.version}</span>. {FAST[path]}
      </p>
      <p className="text-quiet text-xs">{why}</p>
      {caution !== null && <Says tone="bad" text={caution} />}
      {unmet.length > 0 && (
        <>
          <p className="font-medium">It would wait for</p>
          <Reasons of={unmet} />
        </>
      )}
    </>
  )
}
