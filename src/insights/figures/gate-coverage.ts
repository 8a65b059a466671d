import { type Counted, isIn, none, rate, type Window } from './answer.ts'
import type { Facts } from './facts/facts.ts'
import { environmentsOf } from './facts/catalog.ts'
import { grouped, referenceOf } from './facts/told.ts'

const LAST_RUNS = 10
const RAN = new Set(['passed', 'failed'])

/**
 * K14, security gate coverage: of the runs that lead to production (whose artifact went there, or
 * that a gate judged), the share in which every check that the policy of that time required
 * actually ran. Skipped is not run, and neither is waived, which has a count of its own. Beside it
 * the share of services whose last ten such runs were all covered.
 */
export function gateCoverage(facts: Facts, window: Window): Counted {
  const all = facts.told.of('gate.evaluated')
  if (all.length === 0) return none('no_source')
  const runOf = promotedRuns(facts)
  const runs = grouped(
    all.filter(({ run }) => runOf(run) !== undefined),
    ({ run }) => runOf(run) ?? run,
  )
  const known = new Map(facts.runs.map((one) => [one.run, one]))
  const judged = [...new Set([...runs.keys(), ...boundForProduction(facts)])].flatMap((run) => {
    const its = runs.get(run) ?? []
    const fact = known.get(run)
    const at = fact?.finishedAt ?? its.at(-1)?.occurredAt ?? 0
    // What was required last is what the run had to meet.
    const required = its.findLast((one) => one.required !== undefined)?.required
    const said = its.flatMap((one) => [one, ...(one.also ?? [])])
    const ran = new Set(said.filter(({ verdict }) => RAN.has(verdict)).map(({ check }) => check))
    const checks = required ?? [...new Set(said.map(({ check }) => check))]
    const missing = checks.filter((check) => !ran.has(check))
    const waived = said.some(({ verdict }) => verdict === 'waived')
    const service = fact?.service ?? its.find((one) => one.service !== undefined)?.service ?? ''
    const isCovered = its.length > 0 && missing.length === 0
    const from = [...its.map(referenceOf), ...(fact?.from ?? [])]
    return [{ run, at, service, isCovered, missing, waived, from }]
  })
  const sorted = judged.sort((a, b) => a.at - b.at || (a.run < b.run ? -1 : 1))
  const inside = sorted.filter(({ at }) => isIn(window, at))
  if (inside.length === 0) return none('no_events')
  const covered = inside.filter(({ isCovered }) => isCovered)
  const upToEnd = sorted.filter(({ at }) => at < window.to)
  const services = [...grouped(upToEnd, ({ service }) => service).values()]
  const whole = services.filter((its) => its.slice(-LAST_RUNS).every(({ isCovered }) => isCovered))
  return {
    answer: {
      ...rate(covered.length, inside.length),
      covered: covered.length,
      waived: inside.filter(({ waived }) => waived).length,
      byPipelines: rate(whole.length, services.length),
    },
    parts: inside.map(({ run, at, isCovered, missing, from }) => ({
      what: 'run' as const,
      id: run,
      at,
      counts: isCovered ? 'covered' : `did not run: ${missing.join(', ') || 'any check'}`,
      from,
    })),
  }
}

/**
 * A gate may speak of a promotion: then it is of the run that made the release, where that goes to
 * production. Undefined: it went elsewhere, and what is required there is no matter of this figure.
 */
function promotedRuns({ told }: Facts): (name: string) => string | undefined {
  const environments = environmentsOf(told)
  const promotions = new Map(told.of('promotion.planned').map((one) => [one.promotion, one]))
  const runs = new Map(
    told
      .of('release.published')
      .flatMap(({ release, run }) =>
        release === undefined || run === undefined ? [] : [[release, run]],
      ),
  )
  return (name) => {
    const promotion = promotions.get(name)
    if (promotion === undefined) return name
    const { environment, release, occurredAt } = promotion
    if (environments.kindOf(environment, occurredAt, undefined) !== 'production') return undefined
    return runs.get(release) ?? name
  }
}

/** Runs that published what a production deployment brought. */
function boundForProduction(facts: Facts): readonly string[] {
  const deployed = new Set(
    facts.deployments.flatMap(({ isProduction, digest }) =>
      isProduction && digest ? [digest] : [],
    ),
  )
  return facts.told
    .of('artifact.published')
    .flatMap(({ digest, run }) => (run !== undefined && deployed.has(digest) ? [run] : []))
}
