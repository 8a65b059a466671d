/** The environments in the order that releases travel through them, with what each holds. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { slotsQuery, wayBackQuery } from '../../api/queries.ts'
import type { DeploymentDetail, Slot } from '../../api/rollouts.ts'
import type { Service } from '../../api/types.ts'
import { stateInWords } from '../../format/deployment.ts'
import { Do } from '../../kit/do.tsx'
import { MovesWith } from '../../kit/moves-with.tsx'
import { Gaps } from '../../kit/gaps.tsx'
import { Holds } from '../../kit/slot-cell.tsx'
import { Stalled } from '../../kit/stalled.tsx'
import { State } from '../../kit/state.tsx'
import { Standing } from './standing.tsx'
import { asShown, WayBackOf } from './way-back.tsx'

export function Slots({ service: { name, path } }: { service: Service }) {
  const slots = useQuery(slotsQuery())
  const mine = (slots.data ?? []).filter(({ service }) => service === name)
  const others = mine.map(({ environment }) => environment).filter((each) => !path.includes(each))
  return (
    <ol aria-label="Environments of this service" className="slots grid gap-4">
      {[...path, ...others].map((environment) => (
        <li key={environment} className="border-line bg-card rounded-lg border px-4 py-3">
          <h2 className="text-quiet font-medium">{environment}</h2>
          <OneSlot slot={mine.find((each) => each.environment === environment)} />
        </li>
      ))}
    </ol>
  )
}

function OneSlot({ slot }: { slot: Slot | undefined }) {
  if (slot === undefined) return <p className="text-quiet text-lg">nothing yet</p>
  const { inFlight, hold, url, gaps, stalled } = slot
  return (
    <div className="space-y-1">
      <div className="text-lg">
        <Holds slot={slot} />
      </div>
      <Standing slot={slot} />
      <Gaps of={gaps} />
      {inFlight !== null && (
        <p>
          <Link to="/rollouts/$id" params={{ id: inFlight.id }}>
            {inFlight.version}
          </Link>{' '}
          is on its way: <State of={inFlight.status} {...stateInWords(inFlight)} />
        </p>
      )}
      {hold !== null && (
        <p className="break-words">
          {hold.movesWith === null ? (
            <>
              <State of="held" text={`Held by ${hold.by}`} />: {hold.reason}
            </>
          ) : (
            <MovesWith with={hold.movesWith} />
          )}
        </p>
      )}
      {stalled !== null && <Stalled stalled={stalled} />}
      <div className="flex flex-wrap items-center gap-2 pt-1">
        <a href={url} rel="noreferrer" className="mr-auto py-1 text-xs">
          {url.replace('http://', '')}
        </a>
        {hold === null ? <HoldSlot slot={slot} /> : <ResumeSlot slot={slot} />}
        <RollBack slot={slot} />
      </div>
    </div>
  )
}

function HoldSlot({ slot: { service, environment, inFlight } }: { slot: Slot }) {
  return (
    <Do
      name="Hold"
      title={`Hold ${service} in ${environment}?`}
      action="Hold it"
      role="operator"
      path="/slots/hold"
      body={(reason) => ({ service, environment, reason })}
      rehearse={{ service, environment, reason: 'Only asked.' }}
      reason="needed"
    >
      <p>
        Automation does not move it until somebody resumes it.
        {inFlight !== null && ` ${inFlight.version} rests where it is, and is still measured.`}
      </p>
    </Do>
  )
}

function ResumeSlot({ slot: { service, environment, hold } }: { slot: Slot }) {
  return (
    <Do
      name="Resume"
      title={`Resume ${service} in ${environment}?`}
      action="Resume it"
      role="operator"
      path="/slots/resume"
      body={(reason) => ({ service, environment, reason })}
      rehearse={{ service, environment, reason: 'Only asked.' }}
      reason="needed"
    >
      <p>Automation may move it again. It was held because: {hold?.reason}</p>
    </Do>
  )
}

/** Only what is exposed can be taken back; on the way there, the rollout itself is aborted. */
function RollBack({ slot: { service, environment, deployed, inFlight } }: { slot: Slot }) {
  const navigate = useNavigate()
  const client = useQueryClient()
  // As it was shown: where it goes, and by which way.
  const shown = () => client.getQueryData(wayBackQuery(environment, service).queryKey)
  if (deployed === null || inFlight !== null) return null
  return (
    <Do
      name="Roll back"
      title={`Roll ${service} in ${environment} back?`}
      action="Roll it back"
      weight="danger"
      role="operator"
      path="/rollback"
      body={(reason) => ({ service, environment, reason, ...asShown(shown()) })}
      reason="needed"
      onDone={(started) => {
        const { id } = started as DeploymentDetail
        // A promotion waits on the first page, with all the others.
        if (shown()?.path === 'forward') void navigate({ to: '/', hash: 'waiting' })
        else void navigate({ to: '/rollouts/$id', params: { id } })
      }}
    >
      <WayBackOf service={service} environment={environment} />
    </Do>
  )
}
