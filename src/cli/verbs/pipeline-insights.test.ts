import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Api } from '../api.ts'
import { type PipelineFigures, pipelineInsights } from './pipeline-insights.ts'

const FIGURES: PipelineFigures = {
  runs: 2,
  every: 16,
  wallP50Ms: 60_000,
  wallP90Ms: 120_000,
  queueMs: 5_000,
  costMs: 90_000,
  lostMs: 0,
  recoverable: { byRunnersMs: 5_000, byRetriesMs: 0, byCacheMs: 20_000 },
  cache: { found: 1, asked: 4 },
  bottlenecks: [
    {
      ...{ service: 'shop', job: 'test', runs: 2, share: 0.4, waitedMs: 48_000 },
      ...{ queueMs: 2_000, workMs: 46_000 },
    },
  ],
  weeks: [
    {
      ...{ from: Date.UTC(2026, 10, 23), runs: 2, wallP50Ms: 60_000, wallP90Ms: 120_000 },
      ...{ costMs: 90_000, cache: { found: 0, asked: 0 } },
    },
  ],
}

async function said(figures: PipelineFigures): Promise<string> {
  let out = ''
  const io = {
    out: (text: string) => void (out += text),
    err: () => {},
    isTerminal: false,
    colour: false,
    columns: 80,
  }
  const api = { get: async () => figures } as unknown as Api
  await pipelineInsights({ api, io, format: 'table', environment: {} }, {})
  return out
}

it('says which jobs runs wait for, and what could be had back', async () => {
  const text = await said(FIGURES)
  assert.match(text, /from push to end +1m \(median\), 2m \(9 of 10\)/)
  assert.match(text, /found in the cache +25 % of 4/)
  assert.match(text, /This job is 40 % of what runs waited for:/)
  assert.match(text, /shop test +40 % +48s +1\.0s +23s +2/)
  assert.match(text, /2026-11-23 +2 +1m +2m +1\.5 +–/)
  assert.match(text, /One run in 16 was looked at/)
})

it('says so when nothing has run', async () => {
  const text = await said({ ...FIGURES, runs: 0 })
  assert.equal(text, 'No run has ended in the last four weeks.\n')
})
