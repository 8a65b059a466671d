/** What other systems tell with a token: CDEvents and traces, by HTTP. */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { describe, it, type TestContext } from 'node:test'
import { insightPlace } from '../../../test/support/insight-place.ts'

const EVENT = {
  context: {
    version: '0.4.1',
    id: 'e1',
    source: '/ci',
    type: 'dev.cdevents.service.deployed.0.1.1',
    timestamp: '2025-08-12T10:00:00Z',
  },
  subject: { id: 'checkout', content: { environment: { id: 'production' } } },
}
const TRACES = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: '00f067aa0ba902b7',
              startTimeUnixNano: '1700000000000000000',
              endTimeUnixNano: '1700000060000000000',
              attributes: [
                { key: 'cicd.pipeline.run.id', value: { stringValue: '42' } },
                { key: 'cicd.pipeline.result', value: { stringValue: 'success' } },
              ],
            },
          ],
        },
      ],
    },
  ],
}

async function telling(t: TestContext) {
  const place = await insightPlace(t, [])
  return async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${place.url}${path}`, {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: { 'content-type': 'application/json', ...headers },
    })
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
  }
}

describe('what another system tells', () => {
  it('by CDEvents is recorded once, bare or in a CloudEvent', async (t) => {
    const tell = await telling(t)
    const first = await tell('/api/v1/cdevents', JSON.stringify(EVENT))
    assert.deepEqual([first.status, first.json['accepted']], [202, 1])
    const structured = { specversion: '1.0', id: 'e1', type: EVENT.context.type, data: EVENT }
    const again = await tell('/api/v1/cdevents', JSON.stringify([structured]), {
      'content-type': 'application/cloudevents-batch+json',
    })
    assert.deepEqual([again.json['accepted'], again.json['duplicate']], [0, 1])
    const other = await tell('/api/v1/cdevents', '{}')
    assert.deepEqual(other.json['notes'], { 'no CDEvent': 1 })
    assert.equal((await tell('/api/v1/cdevents', '{')).json['code'], 'request.unreadable')
  })

  it('by OTLP is recorded, packed too; protobuf is refused with what to set', async (t) => {
    const tell = await telling(t)
    const packed = gzipSync(JSON.stringify(TRACES))
    const first = await tell('/v1/traces', packed, { 'content-encoding': 'gzip' })
    assert.deepEqual(first, {
      status: 200,
      json: { partialSuccess: { rejectedSpans: 0, errorMessage: '' } },
    })
    const protobuf = await tell('/v1/traces', 'x', { 'content-type': 'application/x-protobuf' })
    assert.equal(protobuf.status, 415)
    assert.match(String(protobuf.json['remedy']), /OTEL_EXPORTER_OTLP_PROTOCOL=http\/json/)
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024))
    const refused = await tell('/v1/traces', bomb, { 'content-encoding': 'gzip' })
    assert.equal(refused.json['code'], 'request.unreadable')
  })
})
