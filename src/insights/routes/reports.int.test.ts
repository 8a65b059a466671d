import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { insightPlace } from '../../../test/support/insight-place.ts'
import { printPdf } from '../../print-pdf.ts'

/** Where Debian has it. */
const BIN = '/usr/bin'

type Place = Awaited<ReturnType<typeof insightPlace>>

const tell = ({ url }: Place, ...lines: readonly object[]) =>
  fetch(`${url}/api/v1/observations`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((one) => JSON.stringify({ source: 'test', ...one })).join('\n'),
  })
const deployed = (deployment: string, occurredAt: string) => ({
  ...{ type: 'deployment.finished', deployment, occurredAt, id: deployment },
  ...{ service: 'shop', environment: 'prod', environmentKind: 'production', outcome: 'succeeded' },
})
const march = { period: 'month', from: '2026-03-10' }

async function publish({ url }: Place, body: object) {
  const answer = await fetch(`${url}/api/v1/insights/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
}

describe('reports', () => {
  it('stay as published, say what is another by now, and keep each revision', async (t) => {
    const place = await insightPlace(t, [])
    await tell(place, deployed('d1', '2026-03-03T10:00:00Z'))
    const first = await publish(place, march)
    assert.deepEqual([first.status, first.json['revision']], [201, 1])
    assert.equal((await publish(place, march)).status, 200)
    await tell(place, deployed('d2', '2026-03-04T10:00:00Z'))
    const path = '/insights/report?period=month&from=2026-03-10'
    const stale = await place.get(path)
    assert.deepEqual([stale.revision, stale.isOutdated], [1, true])
    assert.equal(stale.document.figures[0].n, 1)
    const second = await publish(place, march)
    assert.deepEqual([second.status, second.json['revision']], [201, 2])
    const [one, two] = [await place.get(`${path}&revision=1`), await place.get(path)]
    assert.deepEqual([one.document.figures[0].n, two.document.figures[0].n], [1, 2])
    assert.deepEqual([two.isOutdated, two.differences[0].number], [false, 'K1'])
    assert.equal((await place.get('/insights/reports')).length, 2)
    const none = await fetch(`${place.url}/api/v1${path}&revision=9`)
    assert.deepEqual([none.status, (await none.json()).code], [404, 'revision.unknown'])
  })

  it('come as Markdown and as a page; of a team that there is', async (t) => {
    const place = await insightPlace(t, [])
    const service = { type: 'service.registered', service: 'shop', team: 'web', id: 's' }
    await tell(place, { ...service, occurredAt: '2026-03-01T00:00:00Z' })
    const get = (more: string) =>
      fetch(`${place.url}/api/v1/insights/report?period=quarter&from=2026-01-01&${more}`)
    assert.match(await (await get('format=md&team=web')).text(), /^# Delivery, 2026-Q1, team web\n/)
    const page = await get('format=html')
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    const wrong = await get('team=wbe')
    assert.deepEqual([wrong.status, (await wrong.json()).code], [404, 'team.unknown'])
    assert.equal((await get('period=year')).status, 400)
  })

  const skip = existsSync(`${BIN}/chromium`) ? false : 'chromium is not installed'
  it('are printed by Chromium', { skip }, async () => {
    const pdf = await printPdf('<!doctype html><h1>Delivery</h1>', BIN)
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  })

  it('are refused as PDF where there is none, with what to do', async () => {
    await assert.rejects(printPdf('', '/nowhere'), { code: 'report.no-chromium' })
  })
})
