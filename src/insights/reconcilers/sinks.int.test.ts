/** A sink that fails, hangs, is away, refuses and comes back: nothing is lost, no id changes. */
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { type SinkSettings, tellCdevents } from '#connectors/cdevents/sink.ts'
import { SCHEMES, signatureProblem } from '#connectors/shared/signatures.ts'
import { appending, type DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { insightPlace } from '../../../test/support/insight-place.ts'
import { sinkRoutes } from '../routes/sinks.ts'
import { sinkLoops } from './sinks.ts'

interface Got {
  readonly id: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

type Answer = number | ((response: ServerResponse) => void)

const HANG: Answer = () => {}
const DROP: Answer = (response) => response.destroy()
const PATIENCE: Answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end()

/** Answers by the list, then with 202. */
async function receiver(t: TestContext, answers: readonly Answer[]) {
  const script = [...answers]
  const got: Got[] = []
  const taken: string[] = []
  const refuses = new Set<string>()
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const { id } = JSON.parse(body) as { id: string }
      got.push({ id, body, headers: request.headers as Got['headers'] })
      const answer = script.shift() ?? (refuses.has(id) ? 422 : 202)
      if (typeof answer !== 'number') return answer(response)
      if (answer === 202) taken.push(id)
      response.writeHead(answer, { location: '/elsewhere' }).end('a body that nobody reads')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/events`, got, taken, refuses }
}

const opened = (incident: string): DomainEvent & Record<string, unknown> => ({
  ...{ type: 'incident.opened', at: 1, by: 'system', incident, service: 'shop' },
  ...{ environment: 'production', severity: 2, title: 'Down', impactStartedAt: 1 },
})
const resolved = { type: 'incident.resolved', at: 2, by: 'system', incident: 'i', note: 'Up' }

async function world(
  t: TestContext,
  answers: readonly Answer[] = [],
  more: Partial<SinkSettings> = {},
) {
  const other = await receiver(t, answers)
  const clock = { now: Date.now() }
  const now = () => clock.now
  const settings = { name: 'bus', source: 'urn:test', timeoutMs: 300, ...more }
  const secrets = { token: () => 't0ken', signing: () => ['whsec_c2VjcmV0'] }
  const sinks = [tellCdevents({ url: other.url, ...secrets, ...settings }, now)]
  const place = await insightPlace(t, [], [sinkRoutes(sinks)])
  const { engine, url } = place
  const [sinkLoop, letterLoop] = sinkLoops({ engine, sinks, now })
  assert.ok(sinkLoop && letterLoop)
  const turnOf = () => ({ fence: 1, signal: new AbortController().signal })
  const turn = async () => {
    const next = await sinkLoop.reconcile('bus', turnOf())
    assert.ok(next)
    const waits = next.at - clock.now
    clock.now = next.at
    return waits
  }
  const open = (...ids: readonly string[]) =>
    engine.record(
      'incident',
      ids.map((id) => ({ id, event: opened(id) })),
      { actor: SYSTEM },
    )
  const redeliver = async (messages?: readonly string[]) => {
    const response = await fetch(`${url}/api/v1/sinks/bus/redeliver`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    })
    await letterLoop.reconcile('bus', turnOf())
    return response.status
  }
  const told = async () => ((await place.get('/sinks')) as Record<string, unknown>[])[0]
  const letters = async () => (await place.get('/sinks/bus/letters')) as { message: string }[]
  await turn()
  return { ...place, ...other, turn, open, redeliver, told, letters }
}

const ids = (...names: readonly string[]) => names.map((name) => `incident-${name}@1`)

describe('a sink', () => {
  it('is told in the order of the log, through every failure, and each under one id', async (t) => {
    const { engine, open, turn, got, taken, told } = await world(t, [
      ...[500, HANG, DROP, PATIENCE, 301, 202, 500],
    ])
    await open('a')
    await engine.database.ask(appending('incident-a', 1, [resolved], 'system'))
    await open('b')
    const waits: number[] = []
    for (let turns = 0; taken.length < 3; turns++) {
      assert.ok(turns < 20, 'it does not end')
      waits.push(await turn())
    }
    // What fails counts; who is away, asks for patience or sends elsewhere is waited for.
    assert.deepEqual(waits.slice(0, 6), [1_000, 2_000, 15_000, 7_000, 15_000, 1_000])
    assert.deepEqual(taken, ['incident-a@1', 'incident-a@2', 'incident-b@1'])
    assert.equal(new Set(got.map(({ body }) => body)).size, 3)
    const { trouble, attempts, told: count, letters } = (await told()) ?? {}
    assert.deepEqual([trouble, attempts, count, letters], [null, 0, 3, 0])
  })

  it('says its trouble while it is away', async (t) => {
    const { open, turn, told, taken } = await world(t, [503])
    await open('a')
    await turn()
    assert.equal((await told())?.['trouble'], 'It answers with 503.')
    assert.deepEqual(taken, [])
    await turn()
    assert.deepEqual(taken, ids('a'))
  })

  it('is told nothing of before it was there, and nothing again', async (t) => {
    const { open, turn, taken } = await world(t)
    await open('a')
    await turn()
    await turn()
    await open('b')
    await turn()
    assert.deepEqual(taken, ids('a', 'b'))
  })

  it('hears all of it from two servers at once', async (t) => {
    const { open, turn, taken, told } = await world(t)
    const names = Array.from({ length: 30 }, (_, i) => `i${i}`)
    await open(...names)
    await Promise.all([turn(), turn()])
    await turn()
    assert.deepEqual(new Set(taken), new Set(ids(...names)))
    assert.equal((await told())?.['told'], 30)
  })

  it('that refuses a message has it put aside, until a person has it sent again', async (t) => {
    const { open, turn, taken, refuses, letters, redeliver, got } = await world(t)
    refuses.add('incident-b@1')
    await open('a')
    await open('b')
    await open('c')
    await turn()
    assert.deepEqual(taken, ids('a', 'c'))
    const [letter] = await letters()
    const { at: _, ...facts } = letter as { message: string; at: number }
    assert.deepEqual(facts, {
      ...{ message: 'incident-b@1', kind: 'dev.cdevents.incident.detected.0.3.0', subject: 'b' },
      ...{ reason: 'It answers with 422.', attempts: 1, requested: false },
    })
    assert.equal(await redeliver(ids('b')), 202)
    assert.equal((await letters()).length, 1, 'refused again, it lies where it lay')
    refuses.clear()
    assert.equal(await redeliver(ids('b')), 202)
    assert.deepEqual(taken, ids('a', 'c', 'b'))
    assert.deepEqual(await letters(), [])
    const sent = got.filter(({ id }) => id === 'incident-b@1')
    assert.deepEqual([sent.length, new Set(sent.map(({ body }) => body)).size], [3, 1])
    assert.equal(await redeliver(ids('b')), 409)
  })

  it('that fails at one message for too long is told the others', async (t) => {
    const { open, turn, taken, letters } = await world(
      t,
      Array.from({ length: 12 }, () => 500),
    )
    await open('a')
    await open('b')
    for (let turns = 0; taken.length === 0; turns++) {
      assert.ok(turns < 20, 'it does not end')
      await turn()
    }
    assert.deepEqual(taken, ids('b'))
    assert.deepEqual(
      (await letters()).map(({ message }) => message),
      ids('a'),
    )
  })

  it('is told again in the order in which that was put aside', async (t) => {
    const names = Array.from({ length: 12 }, (_, i) => `i${i}`)
    const { engine, open, turn, taken, refuses, redeliver, letters } = await world(t)
    await open('i')
    await turn()
    const notes = names.map((note) => ({ ...resolved, note }))
    await engine.database.ask(appending('incident-i', 1, notes, 'system'))
    const all = notes.map((_, i) => `incident-i@${i + 2}`)
    for (const id of all) refuses.add(id)
    await turn()
    assert.equal((await letters()).length, 12)
    refuses.clear()
    assert.equal(await redeliver(), 202)
    assert.deepEqual(taken.slice(1), all)
  })

  it('knows who tells it: by a token, and by a signature over what it is told', async (t) => {
    const { open, turn, got } = await world(t)
    await open('a')
    await turn()
    const [{ headers, body } = assert.fail()] = got
    assert.equal(headers['authorization'], 'Bearer t0ken')
    assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
    const signed = { headers, body: Buffer.from(body) }
    assert.equal(
      signatureProblem(SCHEMES.standard, ['whsec_c2VjcmV0'], signed, Date.now()),
      undefined,
    )
  })

  it('that nobody named is unknown', async (t) => {
    const { get } = await world(t)
    assert.equal(((await get('/sinks/bsu/letters')) as { code: string }).code, 'sink.unknown')
  })
})
