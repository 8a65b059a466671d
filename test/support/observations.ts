/** Observations for tests: what matters is said, the rest is of one shop with one production. */
import type { Draft } from '#insights/observations/parse.ts'
import { parseObservation } from '#insights/observations/parse.ts'
import type { Observation } from '#insights/observations/observation.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A Monday. */
export const START = Date.parse('2026-03-02T00:00:00Z')

/** Every field of the documented format; `at` is hours after the start. */
export function told(
  lines: readonly (readonly [type: string, at: number, fields?: object])[],
): readonly Observation[] {
  return lines.map(([type, at, fields = {}], i) => {
    const occurredAt = START + Math.round(at * HOUR)
    const base = { type, occurredAt, recordedAt: occurredAt, source: 'test', id: `e${i}` }
    const read = parseObservation({ ...base, ...DEFAULTS[type.split('.')[0] ?? ''], ...fields })
    if (read.kind !== 'observation') throw new Error(`${type}: ${JSON.stringify(read)}`)
    return read.observation as Draft & Observation
  })
}

const DEFAULTS: Readonly<Record<string, object>> = {
  deployment: { service: 'shop', environment: 'prod', outcome: 'succeeded' },
  service: { service: 'shop', tier: 1 },
  incident: { service: 'shop', environment: 'prod' },
  commit: { repository: 'r', ref: 'refs/heads/main' },
  change: { repository: 'r' },
  run: { repository: 'r', branch: 'main', outcome: 'succeeded' },
  tests: { repository: 'r', configuration: 'unit', attempt: 1 },
  vuln: { service: 'shop', severity: 'critical' },
  runbook: { service: 'shop' },
  drill: { service: 'shop' },
  template: { service: 'shop' },
}

/** A deployment that ended. */
export const deployed = (id: string, at: number, fields: object = {}) =>
  ['deployment.finished', at, { deployment: id, ...fields }] as const

/** Commits pushed to main, each upon the one before, committed an hour before they were pushed. */
export const pushed = (at: number, shas: readonly string[], fields: object = {}) =>
  [
    'commit.pushed',
    at,
    {
      after: shas.at(-1),
      commits: shas.map((sha) => ({ sha, committedAt: START + (at - 1) * HOUR })),
      ...fields,
    },
  ] as const
