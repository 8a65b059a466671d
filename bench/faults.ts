/**
 * `npm run bench -- faults [--runs=2] [--from=1] [--lanes=2] [--only=text] [--json]`: releases
 * with planted faults, and good ones, rolled out on real processes behind the real router under real requests.
 * How often the end was the right one, and how many requests went bad. A minute or two a run.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startLoad } from '#demo/load.ts'
import { withCluster } from './cluster.ts'
import { PLANTED, type Planted, RPS } from './faults/scenarios.ts'
import { makeWorld, type World } from './faults/world.ts'
import type { Figures } from './figures.ts'

const RUN_MS_MAX = 300_000
const LOOK_MS = 200
const BASE_SHARE = 0.01
/** After the canary's first traffic, where it doubles. */
const DOUBLES_MS = 8_000

let isOver = false

interface Run {
  readonly scenario: string
  readonly isRight: boolean
  readonly outcome: string
  readonly reason: string
  /** More than the service has when it is well. */
  readonly bad: number
  readonly seconds: number
}

export async function run(): Promise<Figures> {
  const runs = number('runs', 2)
  const lanes = number('lanes', 2)
  const only = text('only') ?? ''
  const wanted = Object.entries(PLANTED).filter(([name]) => name.includes(only))
  const from = number('from', 1)
  const queue = Array.from({ length: runs }, (_, i) =>
    wanted.map(([name, planted]) => ({ name, planted, service: `${slug(name)}-${from + i}` })),
  ).flat()
  const done = await withCluster(async (address) => {
    const world = await makeWorld(address)
    // Whoever is ended by a signal leaves no processes behind: each lane stops at its next look.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        isOver = true
      })
    const found: Run[] = []
    const lane = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const one = await rollOut(world, next)
        const { outcome, reason, bad, seconds } = one
        const mark = one.isRight ? 'right' : 'WRONG'
        console.error(`${mark} ${next.service}: ${outcome} ${reason} (${bad} bad, ${seconds} s)`)
        found.push(one)
      }
    }
    try {
      await Promise.all(Array.from({ length: lanes }, lane))
    } finally {
      await world.close()
    }
    return found
  })
  if (done.some(({ isRight }) => !isRight)) process.exitCode = 1
  return Object.fromEntries(wanted.flatMap(([name]) => told(name, done)))
}

function told(name: string, done: readonly Run[]): [string, Figures[string]][] {
  const of = done.filter(({ scenario }) => scenario === name)
  const right = of.filter(({ isRight }) => isRight).length
  const mean = (pick: (one: Run) => number) =>
    of.reduce((sum, one) => sum + pick(one), 0) / Math.max(1, of.length)
  return [
    [name, { value: right, unit: `right of ${of.length}`, goal: '19 of 20' }],
    [`${name}: bad requests`, { value: mean(({ bad }) => bad), unit: 'mean' }],
    [`${name}: from first traffic to the end`, { value: mean((one) => one.seconds), unit: 's' }],
  ]
}

async function rollOut(
  world: World,
  { name, planted, service }: { name: string; planted: Planted; service: string },
): Promise<Run> {
  // What is noisy today was noisy yesterday.
  const usual = planted.fault['noisyOneOfThree'] === true ? planted.fault : {}
  await world.service(service)
  await world.release(service, '1.0.0', usual)
  await ended(world, service, '1.0.0')
  const port = await world.port(service)
  if (port === undefined) throw new Error(`${service} has no address`)
  const visit = () =>
    startLoad({
      ...{ urls: () => [`http://127.0.0.1:${port}`], ratePerS: RPS },
      mix: [{ method: 'GET', path: '/', weight: 1 }],
    })
  const load = visit()
  await sleep(3_000)
  const before = load.totals()
  await world.release(service, '2.0.0', planted.fault, '1.0.0')
  const rushed = planted.doubles === true ? rush(world, service, visit) : undefined
  const { row, seconds } = await ended(world, service, '2.0.0').catch(neverEnded)
  const after = await load.stop()
  const more = await (await rushed)?.stop()
  await world.clear(service)
  const ok = after.ok - before.ok + (more?.ok ?? 0)
  const bad = after.bad - before.bad + (more?.bad ?? 0)
  return {
    scenario: name,
    isRight: row.outcome === planted.right,
    outcome: row.outcome ?? '',
    reason: (row.reason ?? '').split('\n')[0] ?? '',
    bad: Math.round(bad - BASE_SHARE * (ok + bad)),
    seconds,
  }
}

async function rush(world: World, service: string, visit: () => ReturnType<typeof startLoad>) {
  await until(async () => (await world.deployment(service, '2.0.0'))?.exposedAt ?? undefined)
  await sleep(DOUBLES_MS)
  return visit()
}

async function ended(world: World, service: string, version: string) {
  const row = await until(async () => {
    const found = await world.deployment(service, version)
    const isOver = found?.status === 'finished' || found?.status === 'paused'
    return isOver ? found : undefined
  })
  const from = row.exposedAt ?? row.startedAt
  return { row, seconds: Math.round(((row.finishedAt ?? Date.now()) - from) / 1000) }
}

/** As wrong as a wrong verdict; the runs beside it go on. */
function neverEnded(error: unknown) {
  if (!(error instanceof Late)) throw error
  return { row: { outcome: 'running', reason: error.message }, seconds: RUN_MS_MAX / 1000 }
}

class Late extends Error {}

async function until<T>(found: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + RUN_MS_MAX; Date.now() < end; await sleep(LOOK_MS)) {
    if (isOver) throw new Error('ended by a signal')
    const answer = await found()
    if (answer !== undefined) return answer
  }
  throw new Late('it had not ended within five minutes')
}

const text = (name: string) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
function number(name: string, usual: number): number {
  const value = Number(text(name) ?? usual)
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new Error(`--${name} is a whole number from 1 to 100`)
  return value
}
const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
