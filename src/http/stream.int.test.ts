import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { head } from '#engine/store.ts'
import { incidents } from '#operations/incident.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { type Place, place } from '../../test/support/server.ts'
import { until } from '../../test/support/until.ts'

interface Frame {
  readonly id: string
  readonly event: string
  readonly data: { readonly kind: string; readonly id: string; readonly event?: { title: string } }
}

/** The stream's frames as they come; stops when the test ends. */
async function* watch(t: TestContext, at: Place, token: string, query = '', from?: string) {
  const gone = new AbortController()
  t.after(() => gone.abort())
  const answer = await fetch(`${at.url}/api/v1/stream${query}`, {
    signal: gone.signal,
    headers: {
      authorization: `Bearer ${token}`,
      ...(from !== undefined && { 'last-event-id': from }),
    },
  })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  let text = ''
  for await (const bytes of answer.body ?? []) {
    text += Buffer.from(bytes).toString()
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const fields = new Map(
        part.split('\n').map((line) => {
          const colon = line.indexOf(':')
          return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
        }),
      )
      const data = fields.get('data')
      if (data === undefined) continue
      yield {
        id: fields.get('id') ?? '-',
        event: fields.get('event') ?? '',
        data: JSON.parse(data) as Frame['data'],
      } satisfies Frame
    }
  }
}

async function open(engine: Place['engine'], n: number, more = ''): Promise<void> {
  const id = `inc_${n}`
  const about = { incident: id, service: 'shop', environment: 'prod', severity: 3 } as const
  const command = {
    type: 'incident.open',
    at: n,
    by: 'ana',
    ...about,
    title: `number ${n}${more}`,
  } as const
  const done = await engine.execute(incidents, id, command, { actor: SYSTEM })
  assert.ok(!done.rejected)
}

async function next(frames: AsyncGenerator<Frame>, count: number): Promise<Frame[]> {
  const got: Frame[] = []
  while (got.length < count) {
    const { value, done } = await frames.next()
    if (done === true) break
    got.push(value)
  }
  return got
}

describe('the live stream', () => {
  it('goes on where a watcher left it, without a gap or a repeat', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'viewer')
    for (let n = 0; n < 5; n++) await open(at.engine, n)
    const first = watch(t, at, token, '?topics=incident', '0-0')
    const seen = await next(first, 3)
    const later = watch(t, at, token, '?topics=incident', seen[2]?.id)
    const begun = next(later, 12)
    for (let n = 5; n < 15; n++) await open(at.engine, n)
    assert.deepEqual(
      [...seen, ...(await begun)].map(({ data }) => data.id),
      Array.from({ length: 15 }, (_, n) => `inc_${n}`),
    )
  })

  it('goes on from a place that the address names, for whoever can send no header', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'viewer')
    for (let n = 0; n < 3; n++) await open(at.engine, n)
    const [, second] = await next(watch(t, at, token, '?topics=incident', '0-0'), 2)
    const later = watch(t, at, token, `?topics=incident&after=${second?.id ?? ''}`)
    assert.deepEqual(
      (await next(later, 1)).map(({ data }) => data.id),
      ['inc_2'],
    )
  })

  it('tells only of the kinds asked for, and large ones without their content', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'viewer')
    const frames = watch(t, at, token, '?topics=incident', '0-0')
    await open(at.engine, 1, 'x'.repeat(10_000))
    await open(at.engine, 2)
    const [large, small] = await next(frames, 2)
    assert.deepEqual([large?.data.kind, large?.data.event], ['incident', undefined])
    assert.equal(small?.data.event?.title, 'number 2')
  })

  it('sends who comes from another history back to the start, with no place to keep', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'viewer')
    const [frame, ...more] = await next(watch(t, at, token, '', '99999999-1'), 2)
    assert.deepEqual([frame?.event, frame?.id], ['reset', ''])
    assert.deepEqual(more, [])
  })

  it('lets a watcher go who does not read, and lives on', async (t) => {
    const at = await place(t)
    const token = await at.token('ana', 'viewer')
    for (let n = 0; n < 150; n++) await open(at.engine, n, 'x'.repeat(7_900))
    // More than a megabyte at once, unread: more than is held for anybody.
    const answer = await fetch(`${at.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${token}`, 'last-event-id': '0-0' },
    })
    await assert.rejects(answer.text())
    const [last] = await at.engine.database.query<{ pos: number }>(
      'test.last',
      'select max(pos) as pos from events',
    )
    const { xid, pos } = await until('all settled', async () => {
      const settled = await head(at.engine.database)
      return settled.pos === last?.pos && settled
    })
    const frames = watch(t, at, token, '?topics=incident', `${xid}-${pos}`)
    const one = next(frames, 1)
    await open(at.engine, 1_000)
    assert.equal((await one)[0]?.data.id, 'inc_1000')
  })
})
