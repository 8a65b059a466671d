/**
 * Following a log: the server's events, resumed by byte offset when the line is cut, and gone on
 * with in the next attempt when the job was given to another runner.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, Unreachable } from '../api.ts'
import type { Write } from './log-text.ts'

const AGAIN_MS = 1_000
/** A server that restarts is back by then. */
const AWAY_MAX = 60

export interface RunJobs {
  readonly jobs: readonly {
    readonly name: string
    readonly status: string
    readonly attempt: number
  }[]
}

export interface LogAt {
  readonly run: string
  readonly job: string
  readonly attempt: string | undefined
  readonly sinceLine: string | undefined
}

export const logPath = ({ run, job }: Pick<LogAt, 'run' | 'job'>) =>
  `/runs/${encodeURIComponent(run)}/jobs/${encodeURIComponent(job)}/log`

/** The byte that the line asked for begins at. */
export async function startOf(api: Api, at: LogAt): Promise<number> {
  const { sinceLine: fromLine, attempt } = at
  if (fromLine === undefined) return 0
  type Found = { readonly lines: readonly { readonly offset: number }[]; readonly size: number }
  const found = await api.get<Found>(logPath(at), { fromLine, attempt, lines: 1 })
  return found.lines[0]?.offset ?? found.size
}

export async function followLog(api: Api, at: LogAt, write: Write): Promise<void> {
  let offset = await startOf(api, at)
  let attempt = at.attempt ?? String(await attemptOf(api, at))
  for (;;) {
    await followAttempt(api, { ...at, attempt, offset }, write)
    const now = await attemptOf(api, at)
    if (at.attempt !== undefined || now <= Number(attempt)) return
    attempt = String(now)
    offset = 0
  }
}

async function attemptOf(api: Api, { run, job }: LogAt): Promise<number> {
  const { jobs } = await api.get<RunJobs>(`/runs/${encodeURIComponent(run)}`)
  return jobs.find(({ name }) => name === job)?.attempt ?? 1
}

type From = LogAt & { readonly attempt: string; readonly offset: number }

async function followAttempt(api: Api, { offset, ...at }: From, write: Write): Promise<void> {
  let from = offset
  for (let away = 0; away <= AWAY_MAX;) {
    try {
      const path = `${logPath(at)}/stream`
      for await (const event of api.events(path, { offset: from, attempt: at.attempt })) {
        away = 0
        from = Number(event.id)
        if (event.name === 'end') return
        write((JSON.parse(event.data) as { readonly text: string }).text)
      }
    } catch (error) {
      if (!(error instanceof Unreachable) || away === AWAY_MAX) throw error
    }
    away += 1
    await sleep(AGAIN_MS)
  }
}
