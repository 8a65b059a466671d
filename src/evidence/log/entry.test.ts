import assert from 'node:assert/strict'
import { test } from 'node:test'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { commitmentOf, headerOf, readHeader, type Stored, writeHeader } from './entry.ts'

const pseudonym = (actor: string) => `p_${actor.length}`
const stored = (more: Partial<Stored> = {}): Stored => ({
  pos: 7,
  type: 'deployment.finished',
  stream: 'deployment-dep_1',
  version: 3,
  recordedAt: 1_700_000_001_000,
  data: {
    type: 'deployment.finished',
    at: 1_700_000_000_000,
    by: 'ada@example.com',
    service: 'checkout',
    environment: 'prod',
    reason: 'a secret reason',
  },
  salt: Buffer.alloc(16, 1),
  digest: null,
  ...more,
})

test('a header names things and instants, and neither people nor free text', () => {
  const event = stored()
  const header = headerOf(event, pseudonym)
  assert.deepEqual(header, {
    v: 1,
    id: 'evt_7',
    type: 'deployment.finished',
    stream: 'deployment-dep_1',
    streamSeq: 3,
    occurredAt: '2023-11-14T22:13:20.000Z',
    recordedAt: '2023-11-14T22:13:21.000Z',
    actor: 'p_15',
    subjects: ['service:checkout', 'environment:prod'],
    dataDigest: commitmentOf(Buffer.alloc(16, 1), event.data),
  })
  const text = writeHeader(header).toString()
  assert.doesNotMatch(text, /ada|secret/)
})

test('a stream that is called after a person is called after the pseudonym', () => {
  const header = headerOf(stored({ stream: 'actor-ada', type: 'actor.registered' }), pseudonym)
  assert.equal(header.stream, 'actor-p_3')
})

test('an erased event has the header that it always had', () => {
  const event = stored()
  const { dataDigest } = headerOf(event, pseudonym)
  const data = { ...event.data, reason: '[erased]' }
  const erased = stored({ salt: null, digest: dataDigest, data })
  assert.deepEqual(headerOf(erased, pseudonym), headerOf(event, pseudonym))
})

test('a commitment depends on every value and on the salt, and not on the order of keys', () => {
  const salt = Buffer.alloc(16, 1)
  assert.equal(commitmentOf(salt, { a: 1, b: 2 }), commitmentOf(salt, { b: 2, a: 1 }))
  assert.notEqual(commitmentOf(salt, { a: 1 }), commitmentOf(salt, { a: 2 }))
  assert.notEqual(commitmentOf(salt, { a: 1 }), commitmentOf(Buffer.alloc(16, 2), { a: 1 }))
})

test('a header is written as RFC 8785 says, whatever its texts hold', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 })
  fc.assert(
    fc.property(text, text, text, fc.integer(), (type, service, by, at) => {
      const header = headerOf(stored({ type, data: { by, service, at } }), (actor) => actor)
      const written = writeHeader(header)
      assert.equal(written.toString(), canonicalize(header))
      assert.deepEqual(readHeader(written), header)
    }),
  )
})

test('what is no header is not read as one', () => {
  for (const text of ['', '{}', 'null', '{"v":2}', '{"v":1,"id":1}'])
    assert.equal(readHeader(Buffer.from(text)), undefined)
})
