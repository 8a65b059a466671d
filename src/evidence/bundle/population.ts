/**
 * Every change of the window, a row each, so that an auditor draws his sample from all of them. The
 * rows are counted again from the headers of the log, where leaving one out breaks the tree.
 */
import { type Header, subjectIn } from '../log/entry.ts'

export interface Change {
  readonly index: number
  readonly deployment: string
  readonly environment: string
  readonly kind: string
  readonly version: string
  readonly release: string
  readonly artifact: string
  readonly sha: string
  readonly outcome: string
  readonly finishedAt: string
}

const COLUMNS = [
  'index',
  'deployment',
  'environment',
  'kind',
  'version',
  'release',
  'artifact',
  'sha',
  'outcome',
  'finishedAt',
] as const

export interface Scope {
  readonly service: string
  readonly environments: readonly string[]
  readonly window: { readonly from: string; readonly to: string }
}

/** The change that this entry is the end of; undefined: of none that is counted. */
export function changeIn(index: number, header: Header, scope: Scope): Change | undefined {
  if (header.type !== 'deployment.finished') return undefined
  const value = (field: string) => subjectIn(header, field) ?? ''
  const { from, to } = scope.window
  const at = Date.parse(header.occurredAt)
  const isCounted =
    value('service') === scope.service &&
    scope.environments.includes(value('environment')) &&
    at >= Date.parse(from) &&
    at < Date.parse(to)
  if (!isCounted) return undefined
  return {
    index,
    deployment: value('deployment'),
    environment: value('environment'),
    kind: value('kind'),
    version: value('version'),
    release: value('release'),
    artifact: value('artifact'),
    sha: value('sha'),
    outcome: value('outcome'),
    finishedAt: header.occurredAt,
  }
}

export function writePopulation(changes: readonly Change[]): string {
  const rows = changes.map((change) => COLUMNS.map((name) => cell(String(change[name]))).join(','))
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`
}

/** A cell that begins like a formula would be one, in the program that auditors open it with. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
