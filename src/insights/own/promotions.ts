/** What gates said of a promotion: which checks were required, and which of them ran. */
import type { PromotionEvent, VerdictReason } from '#rollouts/events.ts'
import type { JudgedCheck } from '../observations/observation.ts'
import type { At } from './at.ts'

/** A check that is late or pending did not run by then; one that does not apply is not required. */
const VERDICTS: Readonly<Record<string, JudgedCheck['verdict']>> = {
  'check.passed': 'passed',
  'check.failed': 'failed',
  'check.pending': 'skipped',
  'check.late': 'skipped',
  'check.waived': 'waived',
}

/** The promotion stands for the run that made its release: the figure follows it there. */
export function ofPromotion(event: PromotionEvent, promotion: string): readonly At[] {
  if (event.type === 'promotion.planned') {
    const { service, environment, release } = event
    return [[{ type: 'promotion.planned', promotion, service, environment, release }]]
  }
  if (event.type !== 'promotion.judged') return []
  const checks = event.verdict.reasons.flatMap(checkOf)
  const of = { type: 'gate.evaluated', run: promotion } as const
  const isFree = event.verdict.reasons.some(({ code }) => code === 'check.none')
  // Nothing is required there: that was looked at, and is all that there is to cover.
  if (isFree) return [[{ ...of, check: 'none', verdict: 'passed', required: [] }]]
  const [first, ...also] = checks
  if (first === undefined) return []
  return [[{ ...of, ...first, also, required: checks.map(({ check }) => check) }]]
}

function checkOf({ code, message }: VerdictReason): readonly JudgedCheck[] {
  const verdict = VERDICTS[code]
  const check = /^([^\s:]+): /.exec(message)?.[1]
  return verdict === undefined || check === undefined ? [] : [{ check, verdict }]
}
