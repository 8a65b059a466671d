/** The rail of steps: each with its weight, and the one it stands on with the time that is left. */
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { countdown, duration } from '../../format/text.ts'
import { useNow } from '../../shell/now.ts'
import { type RailStep, railOf, waitsFor } from './rail.ts'

const GLYPH = { done: '✓', current: '◐', ahead: '', skipped: '–', undone: '✕' } as const
const DOT_SHAPE = 'grid size-6 shrink-0 place-items-center rounded-full border-2 text-xs'
const DOT = {
  done: 'border-good bg-good text-card',
  current: 'border-canary text-open bg-card ring-canary/25 ring-4',
  ahead: 'border-field bg-card',
  skipped: 'border-field bg-card text-quiet',
  undone: 'border-bad bg-bad text-card',
} as const

export function StepRail({ deployment }: { deployment: DeploymentDetail }) {
  const now = useNow()
  const steps = railOf(deployment, now)
  return (
    <ol
      tabIndex={0}
      aria-label="Steps"
      className="border-line bg-card flex overflow-x-auto rounded-lg border px-4 py-4"
    >
      {steps.map((step, i) => (
        <Step
          key={step.name}
          step={step}
          note={step.state === 'current' ? noteOf(step, waitsFor(deployment, now)) : undefined}
          isLast={i === steps.length - 1}
        />
      ))}
    </ol>
  )
}

function noteOf({ bakeMs = 0, bakedMs, isRest = false }: RailStep, waits: string): string {
  if (isRest) return `${countdown(bakeMs - (bakedMs ?? 0))} left`
  if (waits !== '' || bakedMs === undefined) return waits
  return `next in ${countdown(bakeMs - bakedMs)}`
}

function Step(props: { step: RailStep; note: string | undefined; isLast: boolean }) {
  const { step, note, isLast } = props
  const { name, state, bakeMs, wave, isRest = false } = step
  return (
    <li
      aria-current={state === 'current' ? 'step' : undefined}
      className={`relative ${isLast ? 'shrink-0' : 'min-w-28 flex-1'}`}
    >
      <div className="flex items-center">
        <span aria-hidden="true" className={`${DOT[state]} ${DOT_SHAPE}`}>
          {GLYPH[state]}
        </span>
        {!isLast && <Track step={step} />}
      </div>
      <div className="mt-1.5 pr-3">
        <span className={state === 'ahead' || state === 'skipped' ? 'text-quiet' : 'font-medium'}>
          {name}
        </span>
        <span className="sr-only">, {state}</span>
        {wave !== undefined && <span className="text-quiet block text-xs">wave {wave}</span>}
        <p className={`text-xs ${state === 'current' ? 'text-open' : 'text-quiet'}`}>
          {note ?? (bakeMs === undefined ? '' : `${isRest ? 'for' : 'bake'} ${duration(bakeMs)}`)}
        </p>
      </div>
    </li>
  )
}

/** Filled as far as the bake time has passed. */
function Track({ step: { state, bakeMs = 0, bakedMs = 0 } }: { step: RailStep }) {
  const share = state === 'done' ? 1 : state === 'current' && bakeMs > 0 ? bakedMs / bakeMs : 0
  return (
    <span aria-hidden="true" className="bg-track mx-1.5 h-1 flex-1 overflow-hidden rounded-full">
      <span
        className={`${state === 'done' ? 'bg-good' : 'bg-canary'} block h-full`}
        style={{ width: `${share * 100}%` }}
      />
    </span>
  )
}
