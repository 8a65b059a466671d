import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { authorize } from '#access/permissions.ts'
import { Engine } from '#engine/engine.ts'
import { quiet, withDatabase } from '../../../test/support/database.ts'
import { serverOf } from '../../../test/support/routes.ts'
import { observationRoutes } from './observations.ts'

async function place(t: TestContext) {
  const database = await withDatabase(t)
  const engine = new Engine({ database, views: [], authorize, log: quiet })
  await engine.prepare()
  const server = serverOf(t, observationRoutes, { engine, now: () => 1_800_000_000_000 })
  return async (body: string, type = 'application/x-ndjson', query = '', role = 'operator') => {
    const answer = await server.inject({
      method: 'POST',
      url: `/observations${query}`,
      headers: { 'content-type': type, 'x-actor': 'olga', 'x-role': role },
      body,
    })
    return answer.json() as Record<string, unknown> & { problems: { line: number }[] }
  }
}

const line = (id: string, more: object = {}) =>
  JSON.stringify({
    type: 'deployment.finished',
    occurredAt: '2026-03-01T12:00:00Z',
    id,
    deployment: id,
    service: 'shop',
    environment: 'prod',
    outcome: 'success',
    ...more,
  })

test('a file told twice, in any order, is told once', async (t) => {
  const send = await place(t)
  const first = await send(`${line('a')}\n\n${line('b')}\n`)
  assert.deepEqual([first['accepted'], first['duplicate']], [2, 0])
  const again = await send([line('b'), line('c'), line('a'), line('c')].join('\n'))
  assert.deepEqual([again['accepted'], again['duplicate']], [1, 3])
})

test('what is wrong is told by its line, and the rest is recorded', async (t) => {
  const send = await place(t)
  const lines = [line('a'), '{"type":', line('b', { outcome: '?' }), line('c', { type: 'x.y' })]
  const { accepted, refused, unknownTypes, problems } = await send(
    lines.join('\n'),
    'application/x-ndjson',
    '?line=10',
  )
  assert.deepEqual([accepted, refused, unknownTypes], [1, 2, { 'x.y': 1 }])
  assert.deepEqual(
    problems.map((one) => one.line),
    [11, 12],
  )
})

test('a dry run says what would be new, and keeps nothing', async (t) => {
  const send = await place(t)
  await send(line('a'))
  const dry = await send(`${line('a')}\n${line('b')}`, 'application/x-ndjson', '?dryRun=true')
  assert.deepEqual([dry['dryRun'], dry['accepted'], dry['duplicate']], [true, 1, 1])
  assert.equal((await send(line('b')))['accepted'], 1)
})

test('a table and a list mean what lines mean; a column that nobody knows is named', async (t) => {
  const send = await place(t)
  const header = 'type,occurredAt,id,deployment,service,environment,outcome'
  const row = 'deployment.finished,2026-03-01T12:00:00Z,a,a,shop,prod,success'
  assert.equal((await send(`${header}\n${row}`, 'text/csv'))['accepted'], 1)
  assert.equal((await send(`[${line('b')}]`, 'application/json'))['accepted'], 1)
  const wrong = await send(`${header.replace('outcome', 'outcom')}\n${row}`, 'text/csv')
  assert.equal(wrong['code'], 'request.unknown-column')
  assert.match(String(wrong['remedy']), /outcome/)
})

test('who may only look may not tell', async (t) => {
  const send = await place(t)
  const answer = await send(line('a'), 'application/x-ndjson', '', 'viewer')
  assert.equal(answer['code'], 'access.denied')
})
