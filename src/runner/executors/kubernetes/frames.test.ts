import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { frameOf, makeUnframer, OPCODE } from './frames.ts'

function read(stream: Buffer, size: number) {
  const messages: Buffer[][] = []
  const pings: string[] = []
  let closes = 0
  const unframe = makeUnframer({
    onContent(piece, isFirst) {
      if (isFirst) messages.push([])
      messages.at(-1)?.push(Buffer.from(piece))
    },
    onPing: (content) => void pings.push(content.toString()),
    onClose: () => void closes++,
  })
  for (let at = 0; at < stream.length; at += size)
    unframe(Buffer.from(stream.subarray(at, at + size)))
  return { messages: messages.map((pieces) => Buffer.concat(pieces)), pings, closes }
}

test('law: messages come out whole and in order, however the stream is cut', () => {
  const message = fc.uint8Array({ minLength: 1, maxLength: 300 })
  const ways = fc.record({ isMasked: fc.boolean(), size: fc.integer({ min: 1, max: 50 }) })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), ways, (given, { isMasked, size }) => {
      const frames = given.flatMap((each) => [
        frameOf(OPCODE.binary, each, isMasked),
        frameOf(OPCODE.ping, Buffer.from('hey'), isMasked),
      ])
      const { messages, pings } = read(Buffer.concat(frames), size)
      assert.deepEqual(
        messages,
        given.map((each) => Buffer.from(each)),
      )
      assert.equal(pings.length, given.length)
    }),
  )
})

test('a message of several frames is one, with a ping between them', () => {
  const first = frameOf(OPCODE.binary, Buffer.from('ab'), false)
  first[0] = OPCODE.binary
  const rest = frameOf(OPCODE.more, Buffer.from('cd'), false)
  const ping = frameOf(OPCODE.ping, Buffer.alloc(0), false)
  const { messages } = read(Buffer.concat([first, ping, rest]), 1)
  assert.deepEqual(messages.map(String), ['abcd'])
})

test('a close and a frame without content are read', () => {
  const empty = frameOf(OPCODE.binary, Buffer.alloc(0), true)
  const close = frameOf(OPCODE.close, Buffer.from([3, 232]), true)
  const { messages, closes } = read(Buffer.concat([empty, close]), 1)
  assert.deepEqual([messages.length, closes], [0, 1])
})

test('long messages have their length in eight bytes', () => {
  const long = Buffer.alloc(70_000, 'x')
  const { messages } = read(frameOf(OPCODE.binary, long, true), 10_000)
  assert.ok(messages[0]?.equals(long))
})
