/** What can be done to a running rollout, always in reach; what cannot says why. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { FastForward, Pause, Play, Undo2 } from 'lucide-react'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { blastRadius, stateInWords } from '../../format/deployment.ts'
import { ago, instant } from '../../format/text.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { State } from '../../kit/state.tsx'
import { useLive } from '../../shell/live-context.tsx'
import { useMe } from '../../shell/me.ts'
import { useNow } from '../../shell/now.ts'
import { whyNotRole } from '../../shell/roles.ts'
import { act, type Verb } from './act.ts'

/** The log keeps a reason for every act; who gives none acted by hand, and that is one. */
const BY_HAND = 'By hand.'
const ICON = { size: 15, 'aria-hidden': true } as const

export function ActionBar({ deployment }: { deployment: DeploymentDetail }) {
  const client = useQueryClient()
  const me = useMe()
  const doing = useMutation({
    mutationFn: ({ verb, reason }: { verb: Verb; reason: string }) =>
      act(deployment, verb, reason === '' ? BY_HAND : reason),
    onSettled: () => client.invalidateQueries({ queryKey: ['deployment', deployment.id] }),
  })
  const run = (verb: Verb) => (reason: string) => doing.mutate({ verb, reason })
  const isUndoing = deployment.status === 'undoing'
  const why = isUndoing
    ? 'It is being undone, and nothing may delay that.'
    : whyNotRole(me, 'operator')
  const isOff = why !== '' || doing.isPending
  return (
    <section
      aria-label="Actions"
      className="border-line bg-card sticky bottom-3 z-10 rounded-lg border px-4 py-2.5 shadow-lg"
    >
      {doing.error !== null && <Trouble error={doing.error} />}
      <div className="flex flex-wrap items-center gap-2">
        <Seen deployment={deployment} why={why} />
        {deployment.status === 'paused' ? (
          <Button disabled={isOff} onClick={() => run('resume')('')}>
            <Play {...ICON} /> Resume
          </Button>
        ) : (
          <Button disabled={isOff} onClick={() => run('pause')('')}>
            <Pause {...ICON} /> Pause
          </Button>
        )}
        <Advance deployment={deployment} isOff={isOff} onConfirm={run('advance')} />
        <Abort deployment={deployment} isOff={isOff} onConfirm={run('abort')} />
      </div>
    </section>
  )
}

/** What the buttons would act on, and how old that knowledge is when the stream is lost. */
function Seen({ deployment, why }: { deployment: DeploymentDetail; why: string }) {
  const { connected, heardAt } = useLive()
  const now = useNow()
  return (
    <p className="mr-auto min-w-0 basis-full sm:basis-auto">
      <State of={deployment.status} {...stateInWords(deployment)} />
      <span className="text-quiet ml-3 text-xs" title={instant(heardAt)}>
        {why}
        {!connected && ` As last heard ${ago(heardAt, now)}; what moved on since refuses the act.`}
      </span>
    </p>
  )
}

interface Ask {
  readonly deployment: DeploymentDetail
  readonly isOff: boolean
  readonly onConfirm: (reason: string) => void
}

function Advance({ deployment, isOff, onConfirm }: Ask) {
  const { plan, step, version, weight } = deployment
  const next = plan.steps[step + 1]?.weight ?? 100
  const isLast = weight === 100
  return (
    <Confirm
      trigger={
        <Button disabled={isOff}>
          <FastForward {...ICON} /> Advance
        </Button>
      }
      title={isLast ? `Finish ${version} now?` : `Go on to ${next} % now?`}
      action={isLast ? 'Finish now' : `Go on to ${next} %`}
      weight="strong"
      onConfirm={onConfirm}
    >
      <p>
        {version} has {weight} % of the traffic. The rest of this step’s bake time is skipped, and
        what it would still have shown is not waited for.
      </p>
    </Confirm>
  )
}

function Abort({ deployment, isOff, onConfirm }: Ask) {
  const { version, returnPoint } = deployment
  return (
    <Confirm
      trigger={
        <Button weight="danger" disabled={isOff}>
          <Undo2 {...ICON} /> Abort
        </Button>
      }
      title={`Abort the rollout of ${version}?`}
      action={returnPoint === null ? 'Abort it' : `Go back to ${returnPoint.version}`}
      onConfirm={onConfirm}
    >
      <p>{blastRadius(deployment)}</p>
      <p className="text-quiet">An abort cannot be taken back; a new promotion can try again.</p>
    </Confirm>
  )
}
