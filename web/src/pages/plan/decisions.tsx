/**
 * What a person may say to a plan; each says first what it touches, and what cannot be
 * called back takes its name typed.
 */
import type { ReleasePlanDetail } from '../../api/plans.ts'
import {
  cancelTouches,
  planInWords,
  resumeTouches,
  startTouches,
  undoTouches,
} from '../../format/plan.ts'
import { Do } from '../../kit/do.tsx'
import { State } from '../../kit/state.tsx'
import type { Role } from '../../shell/roles.ts'

interface Decision {
  readonly verb: 'start' | 'resume' | 'undo' | 'cancel'
  readonly name: string
  readonly role: Role
  readonly weight: 'strong' | 'danger'
  readonly says: string
  readonly touches: readonly string[]
  readonly takesReason: boolean
}

export function Decisions({ plan }: { plan: ReleasePlanDetail }) {
  const decisions = decisionsOn(plan)
  if (decisions.length === 0) return null
  const { id, revision } = plan
  return (
    <section
      aria-label="Actions"
      className="border-line bg-card sticky bottom-3 z-10 rounded-lg border px-4 py-2.5 shadow-lg"
    >
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto">
          <State of={plan.status} {...planInWords(plan)} />
        </p>
        {decisions.map(({ verb, name, role, weight, says, touches, takesReason }) => (
          <Do
            key={verb}
            name={name}
            title={`${name} the plan ${id}?`}
            action={`${name} it`}
            weight={weight}
            role={role}
            path={`/plans/${encodeURIComponent(id)}/${verb}`}
            body={(reason) => (takesReason ? { reason } : {})}
            reason={takesReason ? 'needed' : 'none'}
            {...(takesReason && { typed: id })}
            seen={revision}
          >
            <p>{says}</p>
            <ul className="max-h-40 overflow-y-auto">
              {touches.map((line) => (
                <li key={line} className="item">
                  {line}
                </li>
              ))}
            </ul>
          </Do>
        ))}
      </div>
    </section>
  )
}

/** Only those that the plan would take as it stands. */
function decisionsOn(plan: ReleasePlanDetail): readonly Decision[] {
  const { status, halted, items } = plan
  const start: Decision = {
    ...{ verb: 'start', name: 'Start', role: 'developer', weight: 'strong', takesReason: false },
    says: 'Each asks for a promotion like any other: checks, approvals and freezes hold.',
    touches: startTouches(plan),
  }
  const resume: Decision = {
    ...{ verb: 'resume', name: 'Resume', role: 'operator', weight: 'strong', takesReason: true },
    says: 'The halt is over, and what it kept back goes on.',
    touches: resumeTouches(plan),
  }
  const undo: Decision = {
    ...{ verb: 'undo', name: 'Undo', role: 'operator', weight: 'danger', takesReason: true },
    says: 'All of it goes back, from the top of the order to the bottom.',
    touches: undoTouches(plan),
  }
  const cancel: Decision = {
    ...{ verb: 'cancel', name: 'Cancel', role: 'developer', weight: 'danger', takesReason: true },
    says: 'Nothing new starts, and nothing is taken back.',
    touches: cancelTouches(plan),
  }
  if (status === 'planned') return [start, cancel]
  if (status === 'running') return [...(halted === null ? [] : [resume]), undo, cancel]
  return items.some((item) => item.status === 'succeeded') ? [undo] : []
}
