/**
 * The events of one run, on disk before anything follows from them: a run that is killed is gone on
 * with from here, or it is said what was lost. Written at once, so that no kill takes them; flushed
 * behind that, so that no power cut takes more than the last moments.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { RunEvent } from '../pipelines/events.ts'

const FILE = 'journal'
/** Logs and journals of earlier runs that are kept. */
const RUNS_MAX = 10
/** What a power cut may take. */
const FLUSH_MS = 25
/** The end of a run is told in some hundred bytes. */
const LAST_BYTES_MAX = 8 * 1024

const flush = promisify(fdatasync)

export interface RunJournal {
  append(events: readonly RunEvent[]): void
  /** Resolves when all of it is on the disk. */
  close(): Promise<void>
}

export function openRunJournal(folder: string): RunJournal {
  mkdirSync(join(folder, 'logs'), { recursive: true })
  const fd = openSync(join(folder, FILE), 'a')
  let isDirty = false
  let flushing: Promise<void> | undefined
  const closing = new AbortController()
  const flushOn = async () => {
    while (isDirty) {
      // What comes meanwhile is flushed with it: a job may take less time than the disk.
      await delay(FLUSH_MS, undefined, { signal: closing.signal }).catch(() => undefined)
      isDirty = false
      await flush(fd)
    }
    flushing = undefined
  }
  return {
    append(events) {
      writeSync(fd, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
      isDirty = true
      flushing ??= flushOn()
    },
    async close() {
      closing.abort()
      await flushing
      closeSync(fd)
    },
  }
}

/** What a killed run wrote last may be half a line. */
export function readRunJournal(folder: string): RunEvent[] {
  const file = join(folder, FILE)
  if (!existsSync(file)) return []
  const events: RunEvent[] = []
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    try {
      if (text !== '') events.push(JSON.parse(text) as RunEvent)
    } catch {
      break
    }
  }
  return events
}

/** Whether the run came to its end: by its last line, for the rest of it may be long. */
export function hasEnded(folder: string): boolean {
  const file = join(folder, FILE)
  const { size = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {}
  if (size === 0) return true
  const fd = openSync(file, 'r')
  try {
    const end = Buffer.alloc(Math.min(size, LAST_BYTES_MAX))
    readSync(fd, end, 0, end.length, size - end.length)
    const line = end.toString().trimEnd().split('\n').at(-1) ?? ''
    return (JSON.parse(line) as Partial<RunEvent>).type === 'run.finished'
  } catch {
    return false
  } finally {
    closeSync(fd)
  }
}

/** Newest first: their names begin with when they began. */
export function runsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted().toReversed() : []
}

export function forgetOldRuns(folder: string): void {
  for (const name of runsIn(folder).slice(RUNS_MAX))
    rmSync(join(folder, name), { recursive: true, force: true })
}
