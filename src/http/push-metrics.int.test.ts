/** A receiver on this machine that takes, refuses, hangs and comes back. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import type { Metric } from '#engine/exposition.ts'
import type { Logger } from '#engine/log.ts'
import { MetricsPush } from './push-metrics.ts'

const SAMPLES = [{ labels: {}, value: 7 }]
const METRIC: Metric = { name: 'signalbox_x', help: '', type: 'gauge', samples: SAMPLES }

async function world(t: TestContext, answers: readonly (number | 'hang')[]) {
  const script = [...answers]
  const got: { readonly body: string; readonly headers: Record<string, unknown> }[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      got.push({ body: Buffer.concat(parts).toString(), headers: request.headers })
      const answer = script.shift() ?? 200
      if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const said: string[] = []
  const log = {
    warn: ({ why }: { readonly why: string }) => void said.push(why),
    info: (message: string) => void said.push(message),
  } as unknown as Logger
  const { port } = server.address() as { port: number }
  const pushing = new MetricsPush({
    url: `http://127.0.0.1:${port}/v1/metrics`,
    headers: { 'x-key': 's3cret' },
    ...{ everyMs: 60_000, timeoutMs: 200, resource: { 'service.name': 'signalbox' } },
    ...{ version: '1', log, now: () => 1 },
    measure: () => Promise.resolve([METRIC]),
  })
  t.after(async () => {
    await pushing.stop()
    server.closeAllConnections()
    server.close()
  })
  return { got, said, pushing }
}

describe('metrics', () => {
  it('are pushed as OTLP has them, with the headers that were named', async (t) => {
    const { got, said, pushing } = await world(t, [])
    await pushing.push()
    const [{ body, headers } = assert.fail()] = got
    assert.match(body, /"name":"signalbox_x".*"asDouble":7/)
    assert.deepEqual([headers['content-type'], headers['x-key']], ['application/json', 's3cret'])
    assert.deepEqual(said, [])
  })

  it('go on when a receiver that failed is back, and each trouble is said once', async (t) => {
    const { got, said, pushing } = await world(t, [503, 503, 'hang', 307])
    for (let i = 0; i < 6; i++) await pushing.push()
    assert.equal(got.length, 6)
    assert.deepEqual(said, [
      'the receiver answers with 503',
      'no answer in time',
      'the receiver answers with 307',
      'metrics are pushed again',
    ])
  })

  it('are pushed once at a time, and a push under way ends with the server', async (t) => {
    const { got, said, pushing } = await world(t, ['hang'])
    const both = [pushing.push(), pushing.push()]
    await pushing.stop()
    await Promise.all(both)
    assert.equal(both[0], both[1])
    assert.ok(got.length <= 1)
    assert.deepEqual(said, [])
  })
})
