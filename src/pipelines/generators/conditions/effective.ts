/**
 * Whether a job runs at all, as far as that is known when a run begins. Systems differ in what
 * becomes of a job whose need was left out: some run it, some refuse the whole file. Asked
 * together with what it needs asks, it is left out with it everywhere.
 */
import type { LoweredJob } from '../lowered.ts'
import { allOf, type Condition, constant, isAboutOthers } from './condition.ts'

export function effective(jobs: readonly LoweredJob[], job: LoweredJob): Condition {
  const byName = new Map(jobs.map((one) => [one.name, one]))
  const done = new Map<string, Condition>()
  const of = ({ name, when, needs, isFinal }: LoweredJob): Condition => {
    const known = done.get(name)
    if (known !== undefined) return known
    const own = when ?? constant(true)
    const above = needs.flatMap((need) => byName.get(need) ?? []).map(of)
    const whole =
      when !== undefined && isAboutOthers(when)
        ? aboutTheRun(when)
        : isFinal && needs.length === 0
          ? own
          : allOf(...above, own)
    done.set(name, whole)
    return whole
  }
  return of(job)
}

/** Of `always() && branch == "main"` what is known beforehand. */
function aboutTheRun(when: Condition): Condition {
  const parts = when.kind === 'and' ? when.of : [when]
  return allOf(...parts.filter((part) => !isAboutOthers(part)))
}
