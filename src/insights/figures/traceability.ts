import { type Counted, inside as within, isIn, none, rate, type Window } from './answer.ts'
import type { DeploymentFact, Facts } from './facts/facts.ts'
import { grouped, referenceOf } from './facts/told.ts'
import { partOf } from './frequency.ts'

/** Changes that machines make by themselves are owed no ticket. */
const BOT = /(\[bot\]$|^(dependabot|renovate|snyk|greenkeeper)\b)/i

/**
 * K13, traceability coverage: of the successful production deployments, the share where all
 * resolve: its commit is known, it names at least one ticket that is (or brings nothing but changes
 * of dependency bots), and its artifact was published with provenance that names that commit. What
 * was seen to run in production, and no deployment brought, counts as a deployment without a trace.
 */
export function traceability(facts: Facts, window: Window): Counted {
  if (facts.deployments.length === 0) return none('no_source')
  const inside = within(facts.deployments, ({ finishedAt }) => finishedAt, window).filter(
    (one) => one.isProduction && one.outcome === 'succeeded',
  )
  const untraced = untracedOf(facts, window)
  if (inside.length + untraced.length === 0) return none('no_events')
  const legs = legsOf(facts)
  const judged = inside.map((one) => ({ one, missing: legs(one) }))
  const whole = judged.filter(({ missing }) => missing.length === 0)
  const lacking = (leg: string) => judged.filter(({ missing }) => missing.includes(leg)).length
  return {
    answer: {
      ...rate(whole.length, judged.length + untraced.length),
      traced: whole.length,
      missing: {
        commit: lacking('commit'),
        ticket: lacking('ticket'),
        artifact: lacking('artifact'),
        provenance: lacking('provenance'),
      },
      untraced: untraced.length,
    },
    get parts() {
      const traced = judged.map(({ one, missing }) =>
        partOf(one, missing.length === 0 ? 'traced' : `lacks ${missing.join(', ')}`),
      )
      return [...traced, ...untraced]
    },
  }
}

function legsOf(facts: Facts): (one: DeploymentFact) => readonly string[] {
  const artifacts = grouped(facts.told.of('artifact.published'), ({ digest }) => digest)
  const tickets = new Set(
    [...facts.told.of('ticket.opened'), ...facts.told.of('ticket.closed')].map(
      ({ ticket }) => ticket,
    ),
  )
  // Where no tracker tells of any ticket that a deployment names, there is nothing to resolve by.
  const isTold =
    tickets.size > 0 &&
    facts.deployments.some((one) => one.tickets.some((ticket) => tickets.has(ticket)))
  const byBots = botsOf(facts)
  return (one) => {
    const published = artifacts.get(one.digest ?? '') ?? []
    const isNamed = one.tickets.some((ticket) => !isTold || tickets.has(ticket))
    const proof = published.some(
      ({ hasProvenance, sha }) => hasProvenance === true && sha !== undefined && sha === one.sha,
    )
    return [
      facts.commits.has(one.sha ?? '') ? [] : ['commit'],
      isNamed || byBots.has(one.id) ? [] : ['ticket'],
      published.length > 0 ? [] : ['artifact'],
      published.length === 0 || proof ? [] : ['provenance'],
    ].flat()
  }
}

/** Deployments that brought changes, and only those of bots. */
function botsOf(facts: Facts): ReadonlySet<string> {
  const authors = new Map(facts.told.of('change.merged').map((one) => [one.mergeSha, one.author]))
  if (![...authors.values()].some((author) => BOT.test(author ?? ''))) return new Set()
  const brought = grouped(facts.changes, ({ deployment }) => deployment)
  return new Set(
    [...brought].flatMap(([deployment, its]) =>
      its.every(({ sha }) => BOT.test(authors.get(sha) ?? '')) ? [deployment] : [],
    ),
  )
}

function untracedOf(facts: Facts, window: Window) {
  const seenThen = facts.told
    .of('snapshot.observed')
    .filter(({ occurredAt }) => isIn(window, occurredAt))
  if (seenThen.length === 0) return []
  const known = new Set(facts.deployments.map((one) => `${one.service}\n${one.digest}`))
  const places = new Map(facts.deployments.map((one) => [one.environment, one.isProduction]))
  const seen = new Set<string>()
  return seenThen.flatMap((one) => {
    const { environment, service, digests, occurredAt } = one
    if (places.get(environment) !== true) return []
    return digests.flatMap((digest) => {
      const name = `${environment}\n${service}\n${digest}`
      if (known.has(`${service}\n${digest}`) || seen.has(name)) return []
      seen.add(name)
      return [
        {
          what: 'other' as const,
          id: `${service} in ${environment}: ${digest}`,
          at: occurredAt,
          counts: 'runs without a deployment',
          from: [referenceOf(one)],
        },
      ]
    })
  })
}
