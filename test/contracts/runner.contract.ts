/**
 * What a runner relies upon in its server, asked over plain HTTP. Run on the fake, so that the
 * tests of the runner mean something, and on the real server, so that the fake does.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import test, { after, before } from 'node:test'
import { LEASE_HEADER, type LeasedJob } from '../../src/pipelines/protocol.ts'

export interface RunnerHost {
  readonly url: string
  readonly token: string
  /** Queues one job that keeps an artifact `report`, in a run of its own, from a source that holds `hello.txt`. */
  offer(): Promise<{ cancel(): Promise<void> | void; loseLease(): Promise<void> | void }>
  close(): Promise<void>
}

const BLOB = `blobs/sha256:${createHash('sha256').update('x').digest('hex')}`

export function runnerContract(name: string, makeHost: () => Promise<RunnerHost>): void {
  let host: RunnerHost
  before(async () => {
    host = await makeHost()
  })
  after(() => host.close())

  const ask = (method: string, path: string, body?: object, lease = '') =>
    fetch(`${host.url}/api/v1/runner/${path}`, {
      method,
      headers: { authorization: `Bearer ${host.token}`, ...typeOf(body), [LEASE_HEADER]: lease },
      body: body === undefined ? null : isRaw(body) ? new Uint8Array(body) : JSON.stringify(body),
    })
  const leaseNext = async () => {
    const answer = await ask('POST', 'lease', { runner: 'contract', waitMs: 5000 })
    assert.equal(answer.status, 200)
    return (await answer.json()) as LeasedJob
  }
  const begin = async () => {
    const offered = await host.offer()
    const leased = await leaseNext()
    const at = `jobs/${leased.run}/${leased.job.name}`
    return { offered, leased, at, claim: { lease: leased.lease, attempt: leased.attempt } }
  }
  const codeOf = async (answer: Response) => {
    assert.match(answer.headers.get('content-type') ?? '', /application\/problem\+json/)
    return ((await answer.json()) as { code: string }).code
  }
  const end = { outcome: 'succeeded', exitCode: 0, durationMs: 1, logBytes: 0, logCut: false }

  test(`${name}: without work a lease answers 204 when its time is up`, async () => {
    assert.equal((await ask('POST', 'lease', { runner: 'contract', waitMs: 1 })).status, 204)
  })

  test(`${name}: an unknown token is refused`, async () => {
    const answer = await fetch(`${host.url}/api/v1/runner/lease`, {
      method: 'POST',
      headers: { authorization: 'Bearer no', 'content-type': 'application/json' },
      body: JSON.stringify({ runner: 'contract', waitMs: 1 }),
    })
    assert.equal(answer.status, 401)
  })

  test(`${name}: a job is given to one runner, and a waiting runner gets it at once`, async () => {
    const waiting = leaseNext()
    await host.offer()
    const leased = await waiting
    assert.equal(leased.attempt, 1)
    assert.equal((await ask('POST', 'lease', { runner: 'other', waitMs: 1 })).status, 204)
    const at = `jobs/${leased.run}/${leased.job.name}/finish`
    const claim = { lease: leased.lease, attempt: 1 }
    assert.equal((await ask('POST', at, { ...claim, ...end })).status, 200)
  })

  test(`${name}: a beat says whether the run was cancelled`, async () => {
    const { offered, at, claim } = await begin()
    assert.deepEqual(await (await ask('POST', `${at}/beat`, claim)).json(), { cancel: false })
    await offered.cancel()
    assert.deepEqual(await (await ask('POST', `${at}/beat`, claim)).json(), { cancel: true })
    const cancelled = { ...claim, ...end, outcome: 'cancelled', reason: 'cancelled.by' }
    assert.equal((await ask('POST', `${at}/finish`, cancelled)).status, 200)
  })

  test(`${name}: a log grows by offset; a repeat changes nothing and a gap is refused`, async () => {
    const { leased, at, claim } = await begin()
    const append = (offset: number, text: string) =>
      ask('POST', `${at}/log?attempt=1&offset=${offset}`, Buffer.from(text), leased.lease)
    assert.deepEqual(await (await append(0, 'hello ')).json(), { size: 6 })
    assert.deepEqual(await (await append(0, 'hello ')).json(), { size: 6 })
    assert.deepEqual(await (await append(4, 'o world')).json(), { size: 11 })
    const gap = await append(99, '!')
    assert.equal(gap.status, 409)
    assert.equal(await codeOf(gap), 'log.gap')
    assert.equal((await ask('POST', `${at}/finish`, { ...claim, ...end })).status, 200)
  })

  test(`${name}: an end may be told twice, and nothing after it`, async () => {
    const { at, claim } = await begin()
    for (const _ of [1, 2])
      assert.equal((await ask('POST', `${at}/finish`, { ...claim, ...end })).status, 200)
    assert.equal((await ask('POST', `${at}/beat`, claim)).status, 409)
    const other = await ask('POST', `${at}/finish`, { ...claim, ...end, outcome: 'failed' })
    assert.equal(other.status, 409)
    assert.equal(await codeOf(other), 'run.lease-lost')
  })

  test(`${name}: without its lease a runner hears nothing more of a job`, async () => {
    const { offered, leased, at, claim } = await begin()
    const stale = { ...claim, lease: 'stale' }
    const refusals = async (given: typeof claim) => [
      await ask('POST', `${at}/beat`, given),
      await ask('POST', `${at}/finish`, { ...given, ...end }),
      await ask('POST', `${at}/log?attempt=1&offset=0`, Buffer.from('x'), given.lease),
      await ask('GET', `jobs/${leased.run}/source`, undefined, given.lease),
      await ask('GET', BLOB, undefined, given.lease),
      await ask('PUT', BLOB, Buffer.from('x'), given.lease),
    ]
    const assertLost = async (answers: readonly Response[]) => {
      for (const answer of answers) {
        assert.equal(answer.status, 409)
        assert.equal(await codeOf(answer), 'run.lease-lost')
      }
    }
    await assertLost(await refusals(stale))
    await offered.loseLease()
    await assertLost(await refusals(claim))
  })

  test(`${name}: the source is a tar of the commit`, async () => {
    const { leased, at, claim } = await begin()
    const answer = await ask('GET', `jobs/${leased.run}/source`, undefined, leased.lease)
    const tar = Buffer.from(await answer.arrayBuffer())
    assert.ok(tar.includes('hello.txt') && tar.includes('ustar'))
    assert.equal((await ask('POST', `${at}/finish`, { ...claim, ...end })).status, 200)
  })

  test(`${name}: blobs are kept under their digest and no other`, async () => {
    const { leased, at, claim } = await begin()
    const bytes = randomBytes(100_000)
    const path = `blobs/sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const on = (method: string, body?: Buffer) => ask(method, path, body, leased.lease)
    assert.equal((await on('HEAD')).status, 404)
    assert.equal((await on('GET')).status, 404)
    assert.ok(!(await on('PUT', Buffer.from('something else'))).ok)
    assert.equal((await on('HEAD')).status, 404)
    assert.ok((await on('PUT', bytes)).ok)
    assert.ok((await on('PUT', bytes)).ok)
    assert.equal((await on('HEAD')).status, 200)
    assert.deepEqual(Buffer.from(await (await on('GET')).arrayBuffer()), bytes)
    assert.equal((await ask('POST', `${at}/finish`, { ...claim, ...end })).status, 200)
  })

  test(`${name}: the bytes of an artifact come before the end that names it`, async () => {
    const { leased, at, claim } = await begin()
    const bytes = randomBytes(1000)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const on = (method: string, body?: Buffer) =>
      ask(method, `${at}/artifacts/${digest}`, body, leased.lease)
    const about = { name: 'report', digest, sizeBytes: 1000, files: 1, fileName: 'r.html' }
    const naming = { ...claim, ...end, artifacts: [about] }
    assert.equal((await on('HEAD')).status, 404)
    const early = await ask('POST', `${at}/finish`, naming)
    assert.deepEqual([early.status, await codeOf(early)], [409, 'run.artifact-missing'])
    assert.ok(!(await on('PUT', Buffer.from('other'))).ok)
    assert.ok((await on('PUT', bytes)).ok)
    assert.equal((await on('HEAD')).status, 200)
    const stale = await ask('PUT', `${at}/artifacts/${digest}`, bytes, 'stale')
    assert.deepEqual([stale.status, await codeOf(stale)], [409, 'run.lease-lost'])
    assert.equal((await ask('POST', `${at}/finish`, naming)).status, 200)
  })

  test(`${name}: the cache gives back what was put, under its key`, async () => {
    const { leased, at, claim } = await begin()
    const key = randomBytes(32).toString('hex')
    const on = (method: string, body?: object) =>
      ask(method, `jobs/${leased.run}/cache/${key}`, body, leased.lease)
    assert.equal((await on('GET')).status, 404)
    const bytes = Buffer.from(JSON.stringify({ version: 1, results: { key } }))
    const manifest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    assert.ok((await ask('PUT', `blobs/${manifest}`, bytes, leased.lease)).ok)
    assert.equal((await on('PUT', { manifest })).status, 204)
    assert.deepEqual(await (await on('GET')).json(), { manifest })
    assert.equal((await ask('POST', `${at}/finish`, { ...claim, ...end })).status, 200)
  })
}

function isRaw(body: unknown): body is Buffer {
  return Buffer.isBuffer(body)
}

function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {}
  return { 'content-type': isRaw(body) ? 'application/octet-stream' : 'application/json' }
}
