/** Why it does not go on, and what a person may do then. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { serviceQuery } from '../../api/queries.ts'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { ago, instant } from '../../format/text.ts'
import { Says } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'
import { BOX, EDGE } from './box.ts'
import { Caused } from './caused.tsx'

export function Halted({ deployment }: { deployment: DeploymentDetail }) {
  return (
    <>
      <Why deployment={deployment} />
      <Deadline deployment={deployment} />
      <Caused deployment={deployment} />
    </>
  )
}

/** Nothing may stay as it is for ever: what happens by itself is said before it does. */
function Deadline({ deployment: { deadline } }: { deployment: DeploymentDetail }) {
  const now = useNow()
  if (deadline === null) return null
  return (
    <p className="text-quiet" title={instant(deadline.at)}>
      If nothing changes, {ago(deadline.at, now)} {deadline.then}.
    </p>
  )
}

function Why({ deployment }: { deployment: DeploymentDetail }) {
  const { status, reason, belowFloor, resting } = deployment
  if (belowFloor !== null) return <HeldBelowFloor deployment={deployment} floor={belowFloor} />
  if (status === 'running')
    return resting === null ? null : <Resting deployment={deployment} resting={resting} />
  if (reason === null) return null
  return (
    <section
      aria-label="Why it does not go on"
      className={`${BOX} ${status === 'paused' ? EDGE.open : EDGE.bad}`}
    >
      <p className="whitespace-pre-wrap">
        <span className="font-medium">{status === 'paused' ? 'Paused' : 'Being undone'}:</span>{' '}
        {reason}
      </p>
    </section>
  )
}

/** The worst of both: it is bad, and going back is worse. A person has to choose. */
function HeldBelowFloor({
  deployment: { service, version, reason, weight, environment },
  floor: { returnTo, floor, why },
}: {
  deployment: DeploymentDetail
  floor: NonNullable<DeploymentDetail['belowFloor']>
}) {
  const { data } = useQuery(serviceQuery(service))
  const runbook = data?.links['runbook']
  return (
    <section aria-label="Why it does not go on" className={`${BOX} ${EDGE.bad} space-y-2`}>
      <p className="text-bad font-medium">
        <span aria-hidden="true">✕</span> {version} is bad, and is held instead of taken back.
      </p>
      {/* Its first line is what was seen; the rest says again what stands below. */}
      <p className="break-words">{reason?.split('\n', 1)[0]}</p>
      <p>
        {returnTo} is below the rollback floor of {environment}, which is {floor}: {why}
      </p>
      <p className="font-medium">What you may do</p>
      <ul className="space-y-1">
        <li className="item">Turn the feature off by its flag, and resume.</li>
        <li className="item">
          Resume, and promote{' '}
          <Link to="/releases" search={{ service, env: environment }}>
            a release that mends it
          </Link>
          .
        </li>
        <li className="item">
          Restore by the runbook
          {runbook === undefined ? ', if there is one' : <Runbook at={runbook} />}.
        </li>
        <li className="item">
          Abort all the same: {weight} % of the requests go to {returnTo}, which may fail too.
        </li>
      </ul>
    </section>
  )
}

function Runbook({ at }: { at: string }) {
  if (!/^https?:\/\//.test(at))
    return (
      <>
        : <code className="font-mono text-xs">{at}</code> in its repository
      </>
    )
  return (
    <>
      :{' '}
      <a href={at} rel="noreferrer">
        {at}
      </a>
    </>
  )
}

/** It is well, and waits where that does no harm. */
function Resting({
  deployment: { service, environment, weight },
  resting: { why: reasons, until },
}: {
  deployment: DeploymentDetail
  resting: NonNullable<DeploymentDetail['resting']>
}) {
  const now = useNow()
  return (
    <section aria-label="Why it does not go on" className={`${BOX} ${EDGE.open} space-y-2`}>
      <p className="font-medium">
        {weight === 0 ? 'It rests before its first traffic.' : `It rests at ${weight} %.`} It is
        measured all the same, and taken back if it is bad.
      </p>
      <ul>
        {reasons.map((why) => (
          <li key={why}>
            <Says tone="open" text={why} />
          </li>
        ))}
      </ul>
      <p>
        It goes on by itself when that is over
        {until === null ? '.' : `: ${ago(until, now)}, at ${instant(until)}.`}
      </p>
      <p className="text-quiet text-xs">
        Sooner: whoever declared it lifts the freeze or withdraws the window (
        <Link to="/calendar" search={{ service, env: environment }}>
          the rules, one by one
        </Link>
        ), or resumes a slot that is held. An abort and a rollback never wait.
      </p>
    </section>
  )
}
