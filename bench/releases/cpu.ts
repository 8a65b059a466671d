/** What this process and the database's cost together, as a share of one core. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '#engine/sql.ts'

/** As Linux counts them for programs. */
const TICKS_A_SECOND = 100

export async function coresUsed(database: Database, forMs: number): Promise<number> {
  const [row] = await database.query<{ pid: number }>('bench.pid', 'select pg_backend_pid() as pid')
  const postmaster = statOf(row?.pid ?? 0)?.parent
  const before = { own: process.cpuUsage(), theirs: ticksOf(postmaster), at: performance.now() }
  await sleep(forMs)
  const { user, system } = process.cpuUsage(before.own)
  let theirs = 0
  for (const [pid, ticks] of ticksOf(postmaster)) theirs += ticks - (before.theirs.get(pid) ?? 0)
  const seconds = (user + system) / 1e6 + theirs / TICKS_A_SECOND
  return seconds / ((performance.now() - before.at) / 1_000)
}

/** Of all processes the postmaster has; one that ends while we look is left out. */
function ticksOf(postmaster: number | undefined): ReadonlyMap<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const all = pids.map((pid) => [Number(pid), statOf(Number(pid))] as const)
  return new Map(
    all.flatMap(([pid, stat]) => (stat?.parent === postmaster ? [[pid, stat?.ticks ?? 0]] : [])),
  )
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may hold anything, a bracket too; what follows its last one is numbers.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number)
    return { parent: parent ?? 0, ticks: (user ?? 0) + (system ?? 0) }
  } catch {
    return undefined
  }
}
