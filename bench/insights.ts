/**
 * The figures at the size of an organisation, as its people meet them: a million deployments and
 * three million changes of a thousand services in the database, a server that is asked over HTTP,
 * and how soon what is told is seen. `--services=100`, `--deployments=100` and
 * `--seconds=1` make it smaller.
 */
import { Engine } from '#engine/engine.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { attribute } from '#insights/figures/attribution.ts'
import { FIGURES } from '#insights/figures/figures.ts'
import type { Observation } from '#insights/observations/observation.ts'
import { recordObservations } from '#insights/reconcilers/record.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withCluster } from './cluster.ts'
import { type Figures, percentile } from './figures.ts'
import { DAY_MS, FROM, randomGraph, serviceLog } from './insights/generate.ts'
import { type Server, withServer } from './insights/server.ts'

const SERVICES = option('services', 1_000)
const DEPLOYMENTS = option('deployments', 1_000)
const ROUNDS = 7
const [FIRST, TO] = [FROM, FROM + 700 * DAY_MS]
const window = `from=${TO - 90 * DAY_MS}&to=${TO}`

export async function run(): Promise<Figures> {
  const graph = attribution()
  return withCluster(async (address) => {
    const recorded = await fill(address)
    return withServer(address, async (server) => ({
      ...recorded.figures,
      ...(await known(server, recorded.observations)),
      ...(await panels(server)),
      ...(await told(server, 'new services', newcomers())),
      ...(await told(server, 'all services', everyone())),
      'server memory (RSS)': { value: server.memoryMb(), unit: 'MB' },
      ...graph,
    }))
  })
}

function option(name: string, standard: number): number {
  const said = process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
  return said === undefined ? standard : Number(said)
}

/** Service by service: no more than one is ever whole in memory here. */
async function fill(address: DatabaseAddress) {
  const database = new Database(address, quiet)
  const engine = new Engine({ database, views: [], authorize: () => undefined, log: quiet })
  await engine.prepare()
  let [observations, spentMs] = [0, 0]
  for (let service = 0; service < SERVICES; service++) {
    const log = serviceLog(service, DEPLOYMENTS)
    const before = performance.now()
    await recordObservations(engine, log, { actor: SYSTEM, now: TO })
    spentMs += performance.now() - before
    observations += log.length
  }
  await engine.stop()
  await database.close()
  const perS = observations / (spentMs / 1_000)
  const figures: Figures = {
    deployments: { value: SERVICES * DEPLOYMENTS, unit: '' },
    'recorded, in batches': { value: perS, unit: '/s', goal: '>= 20000' },
  }
  return { observations, figures }
}

/** The first answer after a start: everything is read from the events, and counted. */
async function known(server: Server, observations: number): Promise<Figures> {
  const { ms } = await server.get(`/insights/services?${window}`)
  const perS = observations / (ms / 1_000)
  return { 'read and counted from the log': { value: perS, unit: '/s', goal: '>= 20000' } }
}

async function panels(server: Server): Promise<Figures> {
  const timed = async (path: string) => {
    await server.get(path)
    const ms: number[] = []
    for (let i = 0; i < ROUNDS; i++) ms.push((await server.get(path)).ms)
    return { value: percentile(ms, 0.5), unit: 'ms' }
  }
  const slowest = async (of: string) => {
    const all: { readonly value: number; readonly number: string }[] = []
    for (const { number } of FIGURES)
      all.push({ ...(await timed(`/insights?kpi=${number}&${window}${of}`)), number })
    const [worst] = all.toSorted((a, b) => b.value - a.value)
    return { unit: `ms (${worst?.number})`, value: worst?.value ?? Number.NaN, goal: '<= 200' }
  }
  const one = 'service=service-1'
  return {
    'organisation, the page': { ...(await timed(`/insights/dora?${window}`)), goal: '<= 200' },
    'organisation, lead time median and p90': {
      ...(await timed(`/insights?kpi=K2&${window}`)),
      goal: '<= 200',
    },
    'organisation, the slowest of twenty': await slowest(''),
    'organisation, five figures, 23 months': await timed(`/insights/dora?from=${FIRST}&to=${TO}`),
    'each service, five figures': {
      ...(await timed(`/insights/services?${window}`)),
      goal: '<= 150',
    },
    'newest deployments': {
      ...(await timed(`/insights/deployments?${window}&limit=100`)),
      goal: '<= 200',
    },
    'newest changes': { ...(await timed(`/insights/changes?${window}&limit=100`)), goal: '<= 200' },
    'one service, all twenty': await timed(`/insights?${one}&${window}`),
    'one service, the slowest of twenty': await slowest(`&${one}`),
  }
}

const [PER_SECOND, TICK_MS] = [1_500, 100]
const SECONDS = option('seconds', 6)
const TOLD = PER_SECOND * SECONDS
const PATIENCE_MS = 300_000

/** Of services that begin: what each tells is of a short history. */
function newcomers(): readonly Observation[] {
  const logs = Array.from({ length: 50 }, (_, i) => serviceLog(1_000_000 + i, 100))
  return inTurn(logs).slice(0, TOLD)
}

/** Of services that are there, one after the other: what each tells is of a long history. */
function everyone(): readonly Observation[] {
  const each = Math.ceil(TOLD / SERVICES / 2) + 1
  const logs = Array.from({ length: SERVICES }, (_, i) =>
    serviceLog(i, DEPLOYMENTS, each).slice(serviceLog(i, DEPLOYMENTS).length),
  )
  return inTurn(logs).slice(0, TOLD)
}

function inTurn<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat()
}

/** Told in ticks over some seconds, and each tick awaited until the page shows its deployments. */
async function told(server: Server, by: string, all: readonly Observation[]): Promise<Figures> {
  const path = `/insights/dora?from=${FIRST}&to=${TO + 365 * DAY_MS}`
  const counted = async () => {
    const { body } = await server.get(path)
    return (body as { deploymentFrequency: { n: number } }).deploymentFrequency.n
  }
  const waiting: { readonly due: number; readonly from: number }[] = []
  const lags: number[] = []
  const tick = (PER_SECOND * TICK_MS) / 1_000
  let [expected, isTelling] = [await counted(), true]
  const began = performance.now()
  const telling = async () => {
    for (let i = 0; i * tick < all.length; i++) {
      // From when it was due: a tick that could not be told in time waits too.
      const due = began + i * TICK_MS
      const waitMs = due - performance.now()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      const some = all.slice(i * tick, (i + 1) * tick)
      await server.tell(some.map(({ sourceEventId: id, ...one }) => ({ ...one, id })))
      expected += some.filter(({ type }) => type === 'deployment.finished').length
      waiting.push({ due, from: expected })
    }
    isTelling = false
  }
  const seeing = async () => {
    while (isTelling || waiting.length > 0) {
      if (performance.now() - began > PATIENCE_MS)
        throw new Error(`${by}: nobody sees what was told`)
      const n = await counted()
      const now = performance.now()
      for (let next = waiting[0]; next !== undefined && next.from <= n; next = waiting[0]) {
        lags.push(now - next.due)
        waiting.shift()
      }
    }
  }
  await Promise.all([telling(), seeing()])
  return {
    [`told to seen p99, ${PER_SECOND}/s, ${by}`]: {
      value: percentile(lags, 0.99),
      unit: 'ms',
      goal: '<= 2000',
    },
  }
}

function attribution(): Figures {
  const parents = randomGraph(27_000)
  const heads = Array.from({ length: 12_000 }, (_, i) => Math.floor((i * 27_000) / 12_000))
  const stamps = new Int32Array(parents.length)
  let number = 0
  const ms = Array.from({ length: ROUNDS }, () => {
    const before = performance.now()
    attribute(parents, heads, { stamps, number: ++number }, () => {})
    return performance.now() - before
  })
  const value = percentile(ms, 0.5)
  return { 'attribution, 12,000 × 27,000': { value, unit: 'ms', goal: '<= 100' } }
}
