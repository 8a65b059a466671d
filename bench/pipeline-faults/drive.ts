/** Starts runs while servers, runners and the database are killed, and says what came of them. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeWorld, type World } from './world.ts'

const RUN_EVERY_MS = 700
const HURT_EVERY_MS = 1_500
/** Three leases that run out one after the other, and what a start takes. */
const SETTLE_MS = 180_000
const WHAT = ['runner', 'runner', 'runner', 'server', 'database'] as const

interface Run {
  readonly id: string
  readonly outcome: string
  readonly finally: string | null
  readonly doubted: readonly string[]
}

export interface Verdict {
  readonly runs: number
  readonly kills: World['kills']
  readonly outcomes: Readonly<Record<string, number>>
  readonly attempts: number
  /** Effects whose runner was lost: a person was asked. */
  readonly doubts: number
  /** One attempt that began twice. */
  readonly twice: readonly string[]
  /** An effect that began again without anybody's word. */
  readonly effectsAgain: readonly string[]
  /** Runs that never ended. */
  readonly stuck: readonly string[]
  /** Runs whose finally neither ran nor is reported. */
  readonly withoutFinally: readonly string[]
  /** Processes of jobs that outlived everything. */
  readonly leftover: readonly number[]
}

export async function drive(runs: number, chance: () => number): Promise<Verdict> {
  const world = await makeWorld()
  const stop = { now: false }
  try {
    // On a busy machine a server may not start again in time: then what is there has to do.
    const hurting = hurtAtRandom(world, chance, stop).catch((error: unknown) => {
      console.error(`nobody is hurt any more: ${String(error)}`)
    })
    const ids = await start(world, runs)
    const { rows, doubts } = await settle(world, ids, () => (stop.now = true))
    stop.now = true
    await hurting
    return judge(world, rows, doubts)
  } finally {
    stop.now = true
    await world.close()
  }
}

async function hurtAtRandom(world: World, chance: () => number, stop: { now: boolean }) {
  while (!stop.now) {
    await sleep(HURT_EVERY_MS * (0.3 + 1.4 * chance()))
    if (!stop.now) await world.hurt(WHAT[Math.floor(chance() * WHAT.length)] ?? 'runner', chance)
  }
}

async function start(world: World, runs: number): Promise<readonly string[]> {
  const ids: string[] = []
  const until = performance.now() + SETTLE_MS + runs * RUN_EVERY_MS * 4
  while (ids.length < runs && performance.now() < until) {
    const begun = await world.ask<{ id: string }>('/runs', { service: 'shop' })
    if (begun !== undefined) ids.push(begun.id)
    await sleep(begun === undefined ? 100 : RUN_EVERY_MS)
  }
  return ids
}

/** The last of the kills come while the last of the runs go on. */
async function settle(world: World, ids: readonly string[], onCalm: () => void) {
  const rows = new Map<string, Run | undefined>(ids.map((id) => [id, undefined]))
  const doubted = new Set<string>()
  const calmAt = performance.now() + HURT_EVERY_MS * 3
  const until = performance.now() + SETTLE_MS
  const isOpen = () =>
    [...rows.values()].some((row) => row?.outcome !== 'succeeded' && row?.outcome !== 'failed')
  while (isOpen() && performance.now() < until) {
    if (performance.now() > calmAt) onCalm()
    for (const [id, known] of rows) {
      if (known !== undefined && known.outcome !== 'running') continue
      const row = await world.ask<Run>(`/runs/${id}`)
      if (row === undefined) continue
      rows.set(id, row)
      for (const name of row.doubted) {
        doubted.add(id)
        await world.ask(`/runs/${id}/jobs/${name}/resolve`, { as: 'failed' })
      }
    }
    await sleep(200)
  }
  return { rows, doubts: doubted.size }
}

function judge(world: World, rows: ReadonlyMap<string, Run | undefined>, doubts: number): Verdict {
  const told = world.told()
  const own = told.filter(({ job }) => job !== 'child')
  const count = (keys: readonly string[]) => {
    const counts = new Map<string, number>()
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
    return [...counts].filter(([, times]) => times > 1).map(([key]) => key)
  }
  const outcomes: Record<string, number> = {}
  for (const row of rows.values()) {
    const outcome = row?.outcome ?? 'unknown'
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const ended = [...rows].filter(([, row]) => row !== undefined && row.outcome !== 'running')
  const ranFinally = new Set(own.filter(({ job }) => job === 'tell').map(({ run }) => run))
  return {
    runs: rows.size,
    kills: world.kills,
    outcomes,
    attempts: own.length,
    doubts,
    twice: count(own.map(({ run, job, attempt }) => `${run} ${job} ${attempt}`)),
    effectsAgain: count(own.filter(({ job }) => job === 'deploy').map(({ run }) => run)),
    stuck: [...rows.keys()].filter((id) => !ended.some(([run]) => run === id)),
    withoutFinally: ended
      .filter(([id, row]) => !ranFinally.has(id) && !row?.finally)
      .map(([id]) => id),
    leftover: told.map(({ pid }) => pid).filter(isOfJob),
  }
}

/** Its number may be somebody else's by now: only what a job marked is a job's. */
function isOfJob(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const isMarked = readFileSync(`/proc/${pid}/environ`, 'latin1').includes('SIGNALBOX_WORKSPACE=')
    return isMarked && !/\) Z /.test(stat)
  } catch {
    return false
  }
}
