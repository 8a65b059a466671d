/**
 * The figures at the size of an organisation: a million deployments and three million changes of a
 * thousand services, and how soon what is told is seen.
 */
import { Engine } from '#engine/engine.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { attribute } from '#insights/figures/attribution.ts'
import { columnsOf, deliveryOf, type ServiceColumns } from '#insights/figures/columns.ts'
import { factsOf } from '#insights/figures/facts/facts-of.ts'
import { FIGURES } from '#insights/figures/figures.ts'
import { reportOf } from '#insights/figures/report.ts'
import { KnownFacts } from '#insights/queries/observations.ts'
import { recordObservations } from '#insights/reconcilers/record.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet, withCluster } from './cluster.ts'
import { type Figures, percentile } from './figures.ts'
import { DAY_MS, FROM, randomGraph, serviceLog } from './insights/generate.ts'

const SERVICES = 1_000
const DEPLOYMENTS = 1_000
const ROUNDS = 7
const TO = FROM + 700 * DAY_MS
const window = { from: TO - 90 * DAY_MS, to: TO, asOf: TO, zone: 'UTC', isOneService: false }

export async function run(): Promise<Figures> {
  const { columns, figures } = organisation()
  return {
    ...figures,
    ...panels(columns),
    ...oneService(),
    ...attribution(),
    ...(await withCluster(ingest)),
  }
}

/** Service by service, as a server makes them: no more than one is ever whole in memory. */
function organisation() {
  const columns: ServiceColumns[] = []
  let [events, spentMs] = [0, 0]
  for (let service = 0; service < SERVICES; service++) {
    const observations = serviceLog(service, DEPLOYMENTS)
    const before = performance.now()
    columns.push(...columnsOf(factsOf(observations, Number.POSITIVE_INFINITY)))
    spentMs += performance.now() - before
    events += observations.length
  }
  const changes = columns.reduce((sum, { leadMs }) => sum + leadMs.length, 0)
  const deployments = columns.reduce((sum, { flags }) => sum + flags.length, 0)
  const figures: Figures = {
    deployments: { value: deployments, unit: '' },
    'changes with a lead time': { value: changes, unit: '' },
    'facts from observations': { value: events / (spentMs / 1000), unit: '/s', goal: '>= 20000' },
  }
  return { columns, figures }
}

function timed(work: () => void): number {
  work()
  const ms = Array.from({ length: ROUNDS }, () => {
    const before = performance.now()
    work()
    return performance.now() - before
  })
  return percentile(ms, 0.5)
}

function panels(columns: readonly ServiceColumns[]): Figures {
  const whole = timed(() => deliveryOf(columns, window))
  const years = timed(() => deliveryOf(columns, { ...window, from: FROM }))
  const each = timed(() => {
    for (const one of columns) deliveryOf([one], window)
  })
  return {
    'organisation, five figures, 90 days': { value: whole, unit: 'ms', goal: '<= 200' },
    'organisation, five figures, 23 months': { value: years, unit: 'ms' },
    'each service, five figures, 90 days': { value: each, unit: 'ms', goal: '<= 150' },
  }
}

/** All twenty of one service, each by itself, over its whole history. */
function oneService(): Figures {
  const facts = factsOf(serviceLog(1, DEPLOYMENTS), Number.POSITIVE_INFINITY)
  const asked = { from: window.from, to: TO, asOf: TO }
  const slowest = Math.max(
    ...FIGURES.map((figure) => timed(() => void reportOf(facts, asked, [figure]))),
  )
  return { 'one service, the slowest figure': { value: slowest, unit: 'ms', goal: '<= 200' } }
}

function attribution(): Figures {
  const parents = randomGraph(27_000)
  const heads = Array.from({ length: 12_000 }, (_, i) => Math.floor((i * 27_000) / 12_000))
  const stamps = new Int32Array(parents.length)
  let number = 0
  const ms = timed(() => attribute(parents, heads, { stamps, number: ++number }, () => {}))
  return { 'attribution, 12,000 × 27,000': { value: ms, unit: 'ms', goal: '<= 100' } }
}

const [PER_SECOND, SECONDS, TICK_MS] = [1_500, 6, 100]

/** Told in ticks over some seconds, and each tick awaited until a report counts it. */
async function ingest(address: DatabaseAddress): Promise<Figures> {
  const database = new Database(address, quiet)
  const engine = new Engine({ database, views: [], authorize: () => undefined, log: quiet })
  await engine.prepare()
  const about = { actor: SYSTEM, now: TO }
  const base = Array.from({ length: 20 }, (_, i) => serviceLog(i, 500)).flat()
  const before = performance.now()
  await recordObservations(engine, base, about)
  const perS = base.length / ((performance.now() - before) / 1000)
  const known = new KnownFacts(engine.reads)
  await known.asOf(TO)
  const more = Array.from({ length: 50 }, (_, i) => serviceLog(100 + i, 100)).flat()
  const tick = (PER_SECOND * TICK_MS) / 1000
  const seen: Promise<number>[] = []
  const began = performance.now()
  for (let i = 0; i < (SECONDS * 1000) / TICK_MS; i++) {
    const due = began + i * TICK_MS
    const waitMs = due - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    const told = more.slice(i * tick, (i + 1) * tick)
    await recordObservations(engine, told, about)
    // From when it was due: a tick that could not be told in time waits too.
    seen.push(known.asOf(Number.MAX_SAFE_INTEGER).then(() => performance.now() - due))
  }
  const lags = await Promise.all(seen)
  await engine.stop()
  await database.close()
  return {
    'recorded, in batches': { value: perS, unit: '/s', goal: '>= 20000' },
    [`told to seen p99, ${PER_SECOND}/s on ${base.length}`]: {
      value: percentile(lags, 0.99),
      unit: 'ms',
      goal: '<= 2000',
    },
  }
}
