import { type Counted, endOf, inside, none, rate, type Window } from './answer.ts'
import type { Facts } from './facts/facts.ts'
import { grouped, referenceOf } from './facts/told.ts'
import { partOf } from './frequency.ts'
import { activeServices } from './readiness.ts'
import { medianOf } from './statistics.ts'

const LAST_MS = 90 * 86_400_000
const SHARE_MIN = 0.8
const PROGRESSIVE = new Set(['canary', 'blueGreen', 'flag'])

/**
 * K12, progressive delivery adoption: of the services with production deployments in the 90 days up
 * to the end of the window, the share that deployed by canary, blue-green or flag at least four
 * times of five; by deployments beside it. Deployments of which nobody tells the strategy are left
 * out.
 */
export function progressiveDelivery(facts: Facts, window: Window): Counted {
  const at = endOf(window)
  const production = inside(facts.deployments, ({ finishedAt }) => finishedAt, {
    from: at - LAST_MS,
    to: at,
  }).filter(({ isProduction }) => isProduction)
  if (facts.deployments.length === 0) return none('no_source')
  const known = production.filter(({ strategy }) => strategy !== null)
  const unknown = production.length - known.length
  if (known.length === 0)
    return none(production.length === 0 ? 'no_events' : 'no_source', { unknownStrategy: unknown })
  const isProgressive = (one: { readonly strategy: string | null }) =>
    PROGRESSIVE.has(one.strategy ?? '')
  const services = [...grouped(known, ({ service }) => service)].map(([service, its]) => {
    const share = its.filter(isProgressive).length / its.length
    return { service, share, isAdopted: share >= SHARE_MIN }
  })
  const adopted = services.filter(({ isAdopted }) => isAdopted)
  const deployments = rate(known.filter(isProgressive).length, known.length)
  return {
    answer: {
      ...rate(adopted.length, services.length),
      adopted: adopted.length,
      byDeployments: deployments,
      unknownStrategy: unknown,
    },
    get parts() {
      return known.map((one) => partOf(one, one.strategy ?? ''))
    },
  }
}

/**
 * K16, template adoption: of the active services, the share whose latest pipeline was made from a
 * template with nothing overridden that may not be; with how many versions behind the newest known
 * the median service is. At the end of the window.
 */
export function templateAdoption(facts: Facts, window: Window): Counted {
  const at = endOf(window)
  const all = facts.told.of('template.applied')
  const applied = all.filter(({ occurredAt }) => occurredAt < at)
  if (all.length === 0) return none('no_source')
  const services = activeServices(facts, at)
  const latest = new Map(applied.map((one) => [one.service, one]))
  const names = new Set([...services.map(({ service }) => service)])
  // Whoever applies a template is a service, whether or not anybody registered it.
  const unregistered = [...latest.keys()].filter((one) => !facts.services.has(one))
  for (const one of unregistered) names.add(one)
  if (names.size === 0) return none('no_events')
  const versions = grouped(applied, ({ template }) => template)
  const order = new Map(
    [...versions].map(([template, its]) => [
      template,
      [...new Set(its.map(({ version }) => version))].sort(byVersion),
    ]),
  )
  const judged = [...names].sort().map((service) => {
    const one = latest.get(service)
    const known = order.get(one?.template ?? '') ?? []
    const lag = one === undefined ? null : known.length - 1 - known.indexOf(one.version)
    return { service, one, isAdopted: one !== undefined && one.isCompliant !== false, lag }
  })
  const adopted = judged.filter(({ isAdopted }) => isAdopted)
  return {
    answer: {
      ...rate(adopted.length, judged.length),
      adopted: adopted.length,
      versionLag: { p50: medianOf(judged.flatMap(({ lag }) => lag ?? [])) },
      notCompliant: judged.filter(({ one }) => one?.isCompliant === false).length,
    },
    parts: judged.map(({ service, one, isAdopted }) => ({
      what: 'service' as const,
      id: service,
      at: one?.occurredAt ?? at,
      counts:
        one === undefined
          ? 'no template'
          : `${one.template}@${one.version}${isAdopted ? '' : ', overridden'}`,
      from: one === undefined ? [] : [referenceOf(one)],
    })),
  }
}

/** By their numbers, part by part. */
function byVersion(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => text.split(/[^0-9a-zA-Z]+/).filter((x) => x !== ''))
  for (let i = 0; i < Math.max(one?.length ?? 0, other?.length ?? 0); i++) {
    const [x = '0', y = '0'] = [one?.[i], other?.[i]]
    const difference = Number(x.replace(/^v/, '')) - Number(y.replace(/^v/, ''))
    if (Number.isNaN(difference) ? x !== y : difference !== 0)
      return Number.isNaN(difference) ? (x < y ? -1 : 1) : difference
  }
  return 0
}
