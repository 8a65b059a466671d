/**
 * Days of releasing in minutes: so many services, so many days, one seed. Worlds of a few services
 * each run side by side, each on a PostgreSQL of its own, which it may stop; while one thinks, another
 * waits.
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Pace, DAY_MS, Errands, HOUR_MS, MINUTE_MS } from './errands.ts'
import { Broken } from './judge.ts'
import { People } from './people.ts'
import { Postgres } from './postgres.ts'
import { PEOPLE } from './setting.ts'
import { compareWithRebuild } from './views.ts'
import { type Home, type Weather, World } from './world.ts'

export interface Options {
  readonly seed: string
  readonly days: number
  readonly services: number
  readonly pace?: keyof typeof PACES | undefined
  readonly weather?: Weather | undefined
  /** No world is begun after so long; what was begun is played to its end. */
  readonly minutes?: number | undefined
}

export interface Violation {
  readonly seed: string
  readonly law: string
  readonly complaint: string
  readonly steps: readonly string[]
}

export interface Outcome {
  readonly releaseDays: number
  readonly seconds: number
  readonly counts: ReadonlyMap<string, number>
  readonly laws: ReadonlyMap<string, number>
  readonly violations: readonly Violation[]
  /** Laws that had nothing to judge in a run that is long enough: nobody knows if they hold. */
  readonly unjudged: readonly string[]
  /** Digests of all that happened, a world each. */
  readonly stories: readonly string[]
}

/** Fewer and the world is empty; more and each step looks at more. */
const SERVICES_A_WORLD = 6
/** While one waits for the database, others think: this many keep two cores busy. */
const WORLDS_AT_ONCE = 4
export const PACES = {
  quiet: { releaseMs: 14 * DAY_MS, actMs: 2 * DAY_MS, luckMs: 5 * DAY_MS },
  usual: { releaseMs: 4 * DAY_MS, actMs: 18 * HOUR_MS, luckMs: 3 * DAY_MS },
  busy: { releaseMs: DAY_MS / 2, actMs: 6 * HOUR_MS, luckMs: 12 * HOUR_MS },
} satisfies Readonly<Record<string, Pace>>
/** After the last fault people tidy up for so long, and then everything must have ended. */
const CALM_MS = DAY_MS
const TIDY_MS = 30 * MINUTE_MS
const AUDIT_MS = HOUR_MS
/** In fewer something may well not come up. */
const JUDGES_ALL_DAYS = 1_000

export async function simulate(options: Options): Promise<Outcome> {
  const startedAt = performance.now()
  const counts = new Map<string, number>()
  const laws = new Map<string, number>()
  const violations: Violation[] = []
  const stories: string[] = []
  const worlds = Math.ceil(options.services / SERVICES_A_WORLD)
  let next = 0
  let releaseDays = 0
  const endsAt = startedAt + (options.minutes ?? Infinity) * MINUTE_MS
  const run = async (postgres: Postgres) => {
    while (next < worlds && violations.length === 0 && performance.now() < endsAt) {
      const n = next++
      const left = options.services - n * SERVICES_A_WORLD
      const one = { ...options, services: Math.min(SERVICES_A_WORLD, left) }
      const seed = `${options.seed}.${n}`
      const violation = await oneWorld(postgres, { ...one, seed }, { counts, laws, stories }, n)
      if (violation !== undefined) violations.push(violation)
      else releaseDays += one.services * one.days
    }
  }
  await Promise.all(
    Array.from({ length: Math.min(WORLDS_AT_ONCE, worlds) }, async () => {
      const postgres = await Postgres.start()
      await run(postgres).finally(() => postgres.stop())
    }),
  )
  return {
    releaseDays,
    seconds: (performance.now() - startedAt) / 1_000,
    counts,
    laws,
    violations,
    unjudged: releaseDays < JUDGES_ALL_DAYS ? [] : [...laws].flatMap(never),
    stories,
  }
}

const never = ([law, times]: readonly [string, number]) => (times === 0 ? [law] : [])

/** Runs one world, and adds what it counted. */
async function oneWorld(
  postgres: Postgres,
  options: Options,
  sums: {
    readonly counts: Map<string, number>
    readonly laws: Map<string, number>
    readonly stories: string[]
  },
  n: number,
): Promise<Violation | undefined> {
  return withOwnDatabase(postgres, async (home) => {
    const world = await World.make(options, home)
    try {
      await live(world, options)
      return undefined
    } catch (error) {
      const { message: complaint, stack = '' } = error as Error
      if (error instanceof Broken) {
        const { law, steps } = error
        return { seed: options.seed, law, complaint, steps }
      }
      const steps = [...world.judge.log(), stack]
      return { seed: options.seed, law: 'nothing fails for a reason of its own', complaint, steps }
    } finally {
      sums.stories[n] = world.judge.story
      add(sums.counts, world.counts)
      add(sums.laws, world.judge.checked)
      for (const { gate } of [...world.servers, world.front])
        add(sums.counts, new Map([['statements', gate.statements]]))
      await world.close()
    }
  })
}

async function live(world: World, { days, services, pace = 'usual' }: Options): Promise<void> {
  const people = new People(world)
  const errands = new Errands(world, people, services, PACES[pace])
  await errands.settle()
  const end = world.time.begunAt + days * DAY_MS
  errands.begin(end)
  audit(world, end + CALM_MS)
  await world.runUntil(end)
  world.isCalm = true
  for (const { name } of [...world.servers, world.front]) world.clocks.setRight(name)
  tidy(world, people, errands, end + CALM_MS)
  await world.runUntil(end + CALM_MS)
  world.judge.audit()
  await world.atRest()
  await compareWithRebuild(world)
}

function audit(world: World, end: number): void {
  const at = world.time.now() + AUDIT_MS
  if (at > end) return
  world.plan(at, 'audit', async () => {
    audit(world, end)
    world.judge.audit()
    return 'done'
  })
}

/** People go home with a clean desk: everything is answered, resumed, lifted, or called off. */
function tidy(world: World, people: People, errands: Errands, end: number): void {
  const at = world.time.now() + TIDY_MS
  if (at > end - CALM_MS / 4) return
  const isLate = at > end - CALM_MS / 2
  const admin = PEOPLE.find(({ id }) => id === 'eli') ?? people.anybody()
  const { ledger } = world
  world.plan(at, 'tidy', async () => {
    tidy(world, people, errands, end)
    await errands.lift()
    await errands.emergencies.settle()
    for (const id of ledger.moving)
      if (ledger.deployments.get(id)?.isPaused)
        await people.interfereAs(admin, id, isLate ? 'abort' : 'advance')
    for (const slot of ledger.slots.values())
      if (slot.hold !== undefined) await people.resumeAs(admin, slot.id)
    for (const id of ledger.waiting) {
      const promotion = ledger.promotions.get(id)
      if (promotion === undefined) continue
      const [person] = people.approversOf(promotion)
      if (isLate) await people.cancelAs(admin, id)
      else if (person !== undefined && promotion.rule.count > promotion.approvals.size)
        await people.approveAs(person, id, promotion.planHash)
    }
    return 'done'
  })
}

async function withOwnDatabase<T>(
  postgres: Postgres,
  work: (home: Home) => Promise<T>,
): Promise<T> {
  const name = `s_${randomBytes(8).toString('hex')}`
  // Not kept meanwhile: the world may stop the server.
  const say = async (sql: string) => {
    const admin = new pg.Client(postgres.address)
    await admin.connect()
    await admin.query(sql)
    await admin.end()
  }
  await say(`create database ${name}`)
  try {
    return await work({ address: { ...postgres.address, database: name }, postgres })
  } finally {
    await say(`drop database if exists ${name} with (force)`)
  }
}

function add(to: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [name, count] of from) to.set(name, (to.get(name) ?? 0) + count)
}
