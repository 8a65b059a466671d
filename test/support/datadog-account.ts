/** An account at the real Datadog, for who has one: without keys nothing there is tried. */
import assert from 'node:assert/strict'
import type { FakeSeries } from './fake-datadog.ts'

export interface DatadogAccount {
  readonly site: string
  readonly api: string
  readonly application: string
}

export function datadogAccount(): DatadogAccount | undefined {
  const [site, api, application] = ['SITE', 'API_KEY', 'APP_KEY'].map(
    (name) => process.env[`SIGNALBOX_TEST_DD_${name}`],
  )
  const isGiven = site !== undefined && api !== undefined && application !== undefined
  return isGiven ? { site, api, application } : undefined
}

/** Counts of so many seconds each, by its API for series: 1 is a count. */
export async function sendCounts(
  { site, api }: DatadogAccount,
  series: readonly FakeSeries[],
  seconds: number,
): Promise<void> {
  const body = series.map(({ metric, tags, points }) => ({
    metric,
    type: 1,
    interval: seconds,
    tags: Object.entries(tags).map(([tag, value]) => `${tag}:${value}`),
    points: points.map(([at, value]) => ({ timestamp: at / 1000, value })),
  }))
  const answer = await fetch(`${site}/api/v2/series`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'dd-api-key': api },
    body: JSON.stringify({ series: body }),
  })
  assert.equal(answer.status, 202, 'its API took what was sent')
}
