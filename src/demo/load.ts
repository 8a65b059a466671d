/**
 * The demonstration's visitors: requests at a fixed rate, whatever becomes of the ones before (an
 * open loop: a slow service does not get fewer visitors). Each has a name of its own, because some
 * faults only some people meet. Bounded in every direction, and only ever against this machine.
 */
import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { Fault } from '#kernel/fault.ts'
import { type Latency, createLatency } from './latency.ts'
import { type Loopback, call, loopbackOf } from './load-call.ts'

/** Two cores serve several services and the platform beside this. */
const RATE_PER_S_MAX = 1000
/** At 1,000 a second this is 100 ms of answers; a service that is slower is shown, not drowned. */
const IN_FLIGHT_MAX = 100
/** A forgotten load ends by itself before anybody wonders where the battery went. */
const DURATION_MS_MAX = 15 * 60_000
const COUNT_MAX = 500_000
/** Fine enough that 100 requests a second are ten a tick at most, coarse enough to cost nothing. */
const TICK_MS = 5
/** Returning visitors exist: after so many the names come round again. */
const VISITORS = 5000
/** Figures are kept for so many addresses; requests to more are sent and only counted in all. */
const URLS_MAX = 100
/** Steps of the golden ratio fall evenly and in no rhythm, so every visitor meets every path. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  /** `/api/products`, with its query. */
  readonly path: string
  /** Its share among the weights of the whole mix. */
  readonly weight: number
  /** Sent as JSON. */
  readonly body?: unknown
}

export interface LoadOptions {
  /** Base addresses, asked anew for each request and used in turn. `http:` and loopback only. */
  readonly urls: () => readonly string[]
  readonly ratePerS: number
  readonly mix: readonly LoadRequest[]
  readonly countMax?: number
  readonly durationMs?: number
}

export interface UrlTotals {
  readonly ok: number
  /** Answered 5xx, not at all, or too late. */
  readonly bad: number
  /** Over all requests, good and bad. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface LoadTotals {
  readonly ok: number
  readonly bad: number
  /** Due and not sent: too many under way, or no address to send to. */
  readonly unsent: number
  readonly urls: Readonly<Record<string, UrlTotals>>
}

export interface Load {
  totals(): LoadTotals
  /** No further request; resolves once those under way have ended, 20 s later at most. */
  stop(): Promise<LoadTotals>
  /** Resolves when the load has stopped, or reached its count or its duration. Never rejects. */
  readonly ended: Promise<LoadTotals>
}

/** What the storefront's visitors do. */
export const storefrontMix: readonly LoadRequest[] = [
  { method: 'GET', path: '/api/products', weight: 60 },
  { method: 'GET', path: '/', weight: 25 },
  { method: 'POST', path: '/api/checkout', weight: 15, body: { product: 'flag', quantity: 2 } },
]

/**
 * Starts at once. Throws Fault `demo.load-bad` for options beyond the bounds and
 * `demo.load-not-loopback` for an address of another machine; later nothing throws, and a foreign
 * address that turns up then is not sent to.
 */
export function startLoad(options: LoadOptions): Load {
  const { ratePerS, mix, countMax, durationMs } = checked(options)
  const agent = new Agent({ keepAlive: true, maxFreeSockets: IN_FLIGHT_MAX })
  const tally = createTally()
  const underWay = new Set<Promise<void>>()
  const name = randomUUID().slice(0, 8)
  const startedAt = performance.now()
  const ended = Promise.withResolvers<LoadTotals>()
  let due = 0
  let isOver = false

  function send(number: number): void {
    const target = targetOf(options.urls, number)
    if (target === undefined || underWay.size >= IN_FLIGHT_MAX) return tally.unsent()
    const { method, path, body } = pick(mix, (number * GOLDEN) % 1)
    const headers = {
      'x-visitor': `person-${number % VISITORS}`,
      'idempotency-key': `${name}-${number}`,
    }
    const began = performance.now()
    const flight = call(agent, { to: target.to, method, path, headers, body }).then((isOk) => {
      tally.add(target.url, isOk, performance.now() - began)
      underWay.delete(flight)
    })
    underWay.add(flight)
  }

  function tick(): void {
    const elapsedMs = performance.now() - startedAt
    const dueNow = Math.min(countMax, 1 + Math.floor((elapsedMs * ratePerS) / 1000))
    for (; due < dueNow && !isOver; due += 1) send(due)
    if (isOver) return
    if (due >= countMax || elapsedMs >= durationMs) void stop()
    else setTimeout(tick, TICK_MS)
  }

  async function stop(): Promise<LoadTotals> {
    isOver = true
    await Promise.all(underWay)
    agent.destroy()
    ended.resolve(tally.totals())
    return ended.promise
  }

  tick()
  return { totals: tally.totals, stop, ended: ended.promise }
}

/** The options with their bounds, or a Fault that says which one is out of them. */
function checked(options: LoadOptions): Required<Omit<LoadOptions, 'urls'>> {
  const { ratePerS, mix, countMax = COUNT_MAX, durationMs = DURATION_MS_MAX } = options
  const refuse = (what: string): never => {
    throw new Fault('demo.load-bad', what, { remedy: 'change the option', retry: false })
  }
  const isIn = (value: number, max: number) => value > 0 && value <= max
  if (!isIn(ratePerS, RATE_PER_S_MAX)) refuse(`ratePerS: above 0, at most ${RATE_PER_S_MAX}`)
  if (!isIn(countMax, COUNT_MAX)) refuse(`countMax: above 0, at most ${COUNT_MAX}`)
  if (!isIn(durationMs, DURATION_MS_MAX)) refuse(`durationMs: above 0, at most ${DURATION_MS_MAX}`)
  if (mix.length === 0) refuse('mix: needs at least one request')
  for (const { path, weight } of mix) {
    if (!/^\/[!-~]*$/.test(path)) refuse(`mix: ${path} is no path like /api/products`)
    if (!(weight > 0 && weight < Infinity)) refuse(`mix: the weight of ${path} must be above 0`)
  }
  for (const url of options.urls())
    if (loopbackOf(url) === undefined)
      throw new Fault('demo.load-not-loopback', `${url} is not a loopback address of http`, {
        remedy: 'the demonstration puts load on http://127.0.0.1 only; give such an address',
        retry: false,
      })
  return { ratePerS, mix, countMax, durationMs }
}

function targetOf(
  urls: () => readonly string[],
  number: number,
): { readonly url: string; readonly to: Loopback } | undefined {
  try {
    const all = urls()
    const url = all[number % all.length]
    const to = url === undefined ? undefined : loopbackOf(url)
    return url === undefined || to === undefined ? undefined : { url, to }
  } catch {
    return undefined // whoever knows the addresses does not right now
  }
}

/** The request at a share (0–1) of the mix's weights. */
function pick(mix: readonly LoadRequest[], share: number): LoadRequest {
  let left = share * mix.reduce((sum, { weight }) => sum + weight, 0)
  const found = mix.find(({ weight }) => (left -= weight) < 0)
  return found ?? (mix.at(-1) as LoadRequest)
}

function createTally() {
  const urls = new Map<string, { ok: number; bad: number; latency: Latency }>()
  const all = { ok: 0, bad: 0, unsent: 0 }
  return {
    unsent: () => void (all.unsent += 1),
    add(url: string, isOk: boolean, ms: number): void {
      const outcome = isOk ? 'ok' : 'bad'
      all[outcome] += 1
      const known = urls.get(url)
      if (known === undefined && urls.size >= URLS_MAX) return
      const own = known ?? { ok: 0, bad: 0, latency: createLatency() }
      own[outcome] += 1
      own.latency.add(ms)
      urls.set(url, own)
    },
    totals: (): LoadTotals => ({
      ...all,
      urls: Object.fromEntries(
        [...urls].map(([url, { ok, bad, latency }]) => [
          url,
          { ok, bad, p50Ms: latency.percentile(0.5), p99Ms: latency.percentile(0.99) },
        ]),
      ),
    }),
  }
}
