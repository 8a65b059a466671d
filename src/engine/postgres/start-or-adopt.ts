/**
 * The loop that ends with a server which answers, started by us or found running. It decides anew
 * from what it sees each time, and so needs no agreement with other processes that do the same:
 * PostgreSQL's lock lets one server through, and whoever lost finds it and adopts it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '#kernel/fault.ts'
import type { Logger } from '../log.ts'
import { lastWords, postgresFault, sortOutput } from './faults.ts'
import { readLock, socketLockFile, type Lock } from './lock-files.ts'
import { holderOf, type Holder } from './process-state.ts'
import { reach, type Login } from './reach.ts'
import { spawnServer, type Attempt, type Preparation, type SocketPlace } from './server.ts'
import { socketDirOf } from './socket-dir.ts'

export interface Serving {
  readonly lock: Lock
  /** Ours; `undefined` for a server we adopted. */
  readonly attempt: Attempt | undefined
}

interface Sight {
  readonly lock: Lock | undefined
  readonly holder: Holder
}

// A warm start takes some 50 ms. A recovery takes seconds and must not be asked for its news often.
const POLL_MS_MIN = 10
const POLL_MS_MAX = 250
const POLL_GROWTH = 1.3
// Recovery reads max_wal_size at most; five minutes are enough for that on a slow disk.
const READY_WITHIN_MS = 300_000
// A server that says it is ready answers, or its socket was deleted under it and it never will.
const ANSWER_WITHIN_MS = 30_000
// The first refusal may come from another process just stopping; the same thrice is an answer.
const REFUSALS_MAX = 3
const PORT = 5432
const PORTS_TRIED_MAX = 8

/** @throws Fault; a server that this call started is stopped then, unless it still recovers. */
export async function startOrAdopt(
  at: Preparation & { readonly login: Login; readonly log: Logger },
): Promise<Serving> {
  const startedAt = performance.now()
  let readySince: number | undefined
  let attempt: Attempt | undefined
  let refusals = 0
  try {
    for (let waitMs = POLL_MS_MIN; ; waitMs = Math.min(waitMs * POLL_GROWTH, POLL_MS_MAX)) {
      const sight = await look(at)
      const live = liveServer(sight)
      readySince = live?.status === 'ready' ? (readySince ?? performance.now()) : undefined
      if (live?.status === 'ready') {
        const { socketDir: host, port } = live
        if (await reach({ ...at.login, host, port })) {
          if (attempt?.pid === live.pid) return { lock: live, attempt }
          // Ours came second. Left alone, a slow one would find the lock free once the other server
          // has stopped, and run on with nobody to know of it.
          await attempt?.end()
          return { lock: live, attempt: undefined }
        }
      } else if (!live && (attempt?.hasExited() ?? true)) {
        if (attempt && (await isRefused(attempt, at))) refusals += 1
        if (attempt && refusals >= REFUSALS_MAX) throw await refusal(attempt, at)
        attempt = await spawnServer(at, await chooseSocket(at, sight))
      }
      const now = performance.now()
      if (now - startedAt > READY_WITHIN_MS || now - (readySince ?? now) > ANSWER_WITHIN_MS)
        throw await notReady(at, sight, attempt)
      await sleep(waitMs)
    }
  } catch (error) {
    // One still recovering is left to it: stopped, it would begin again from the start next time.
    const isRecovering = (error as Fault).code === 'postgres.not-ready'
    if (!isRecovering) await attempt?.end()
    throw error
  }
}

async function look({ layout }: Preparation): Promise<Sight> {
  const lock = await readLock(layout.lockFile)
  return { lock, holder: lock ? await holderOf(lock.pid, layout.cluster) : 'gone' }
}

function liveServer({ lock, holder }: Sight): Lock | undefined {
  return holder === 'server' ? lock : undefined
}

/** Whether the server that exited will say the same next time. Throws when that is certain. */
async function isRefused(attempt: Attempt, at: Preparation): Promise<boolean> {
  const output = await attempt.output()
  const sorted = sortOutput(output)
  if (sorted === 'busy') return false
  if (sorted === undefined || sorted === 'postgres.not-started') return true
  throw postgresFault(sorted, { where: at.layout.dataDir, said: lastWords(output) })
}

async function refusal(attempt: Attempt, at: Preparation): Promise<Fault> {
  const said = lastWords(await attempt.output())
  return postgresFault('postgres.not-started', { where: at.layout.dataDir, said })
}

async function notReady(
  at: Preparation,
  { lock, holder }: Sight,
  attempt: Attempt | undefined,
): Promise<Fault> {
  const state = `process ${lock?.pid ?? attempt?.pid} (${holder}) says ${lock?.status || 'nothing'}`
  const words = attempt ? ` and wrote: ${lastWords(await attempt.output())}` : ''
  return postgresFault('postgres.not-ready', { where: at.layout.dataDir, said: state + words })
}

/**
 * PostgreSQL clears a lock whose process is gone, but refuses one held by a zombie or by whoever
 * got the pid since. It can be told to overlook one pid; should the socket's lock hold yet another,
 * the next port, which is only a name, has a lock of its own.
 */
async function chooseSocket(
  at: Preparation & { readonly log: Logger },
  { lock, holder }: Sight,
): Promise<SocketPlace> {
  const { cluster } = at.layout
  const dir = socketDirOf(cluster)
  let overlookedPid = lock && isImpostor(holder) ? lock.pid : undefined
  let port = PORT
  for (let tried = 0; tried < PORTS_TRIED_MAX; tried += 1, port += 1) {
    const pid = (await readLock(socketLockFile(dir, port)))?.pid
    if (pid === undefined || pid === overlookedPid) break
    if (!isImpostor(await holderOf(pid, cluster))) break
    if (overlookedPid !== undefined) continue
    overlookedPid = pid
    break
  }
  if (overlookedPid !== undefined)
    at.log.warn({ pid: overlookedPid }, 'postgres lock names a process that is not its server')
  return { dir, port, overlookedPid }
}

function isImpostor(holder: Holder): boolean {
  return holder === 'zombie' || holder === 'stranger'
}
