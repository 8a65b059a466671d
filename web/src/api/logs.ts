/** Questions about logs: lines by number, what a search finds, groups, and that there is more. */
import type { LinesFound } from '../../../src/pipelines/routes/logs/lines-from.ts'
import { get } from './client.ts'

export type { LogLine } from '../../../src/pipelines/logs/lines.ts'

/** The log's own end is told beside its lines. */
export interface LinesAnswer extends LinesFound {
  readonly isDone: boolean
}

export interface LogAt {
  readonly run: string
  readonly job: string
  readonly attempt: number
}

const pathOf = ({ run, job }: LogAt) =>
  `/runs/${encodeURIComponent(run)}/jobs/${encodeURIComponent(job)}/log`

const query = (of: Readonly<Record<string, string | number | boolean>>) =>
  new URLSearchParams(Object.entries(of).map(([name, value]) => [name, String(value)])).toString()

export const logLines = (at: LogAt, fromLine: number, lines: number) =>
  get<LinesAnswer>(`${pathOf(at)}?${query({ attempt: at.attempt, fromLine, lines })}`)

export interface Sought {
  readonly q: string
  readonly isRegex: boolean
  readonly isCaseSensitive: boolean
}

export interface SearchAnswer {
  readonly matches: readonly { readonly line: number }[]
  /** Where to go on; null at the end of the log. */
  readonly next: number | null
}

export const searchLog = (at: LogAt, { q, isRegex, isCaseSensitive }: Sought, fromLine: number) =>
  get<SearchAnswer>(
    `${pathOf(at)}/search?${query({
      ...{ q, regex: isRegex, case: isCaseSensitive },
      ...{ attempt: at.attempt, fromLine, limit: 500 },
    })}`,
  )

export interface LogGroup {
  readonly title: string
  readonly from: number
  readonly to: number | null
}

export const logGroups = (at: LogAt) =>
  get<{ readonly groups: readonly LogGroup[] }>(
    `${pathOf(at)}/groups?${query({ attempt: at.attempt })}`,
  )

export const wholeLogAt = (at: LogAt) => `/api/v1${pathOf(at)}/whole?attempt=${at.attempt}`

/**
 * Calls when there is more of the log, and for the last time when it has ended. Only while somebody
 * looks: a browser has six lines to a server, and tabs in the background would keep them all.
 */
export function onGrowth(at: LogAt, offset: number, grown: () => void): () => void {
  const path = `/api/v1${pathOf(at)}/stream?${query({ attempt: at.attempt, offset, text: false })}`
  let source: EventSource | undefined
  const listen = () => {
    if (document.hidden || source !== undefined) return
    source = new EventSource(path)
    source.addEventListener('log', grown)
    source.addEventListener('end', () => {
      // Left open, the browser would ask for the end again and again.
      source?.close()
      grown()
    })
  }
  const onVisibility = () => {
    if (!document.hidden) return listen()
    source?.close()
    source = undefined
  }
  document.addEventListener('visibilitychange', onVisibility)
  listen()
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    source?.close()
  }
}
