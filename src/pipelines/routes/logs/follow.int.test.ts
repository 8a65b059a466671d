import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'node:test'
import { follow } from './follow.ts'
import type { Tail } from './tails.ts'

/** A viewer that says itself when it has read what was written. */
class Viewer extends EventEmitter {
  readonly written: string[] = []
  destroyed = false
  writableEnded = false
  isReading = true

  write(text: string): boolean {
    this.written.push(text)
    return this.isReading
  }

  end(text: string): void {
    this.written.push(text)
    this.writableEnded = true
    this.emit('close')
  }

  get texts(): string[] {
    return this.written.flatMap((frame) => {
      const data = /^data: (.*)$/m.exec(frame)?.[1]
      const text = data === undefined ? undefined : (JSON.parse(data) as { text?: string }).text
      return text === undefined ? [] : [text]
    })
  }
}

function following(viewer: Viewer) {
  const log = { bytes: Buffer.alloc(0), isDone: false, reads: 0 }
  let grown = Promise.withResolvers<void>()
  const tail = {
    isDone: async () => log.isDone,
    read: async (offset: number) => {
      log.reads += 1
      return { bytes: log.bytes.subarray(offset, offset + 4), size: log.bytes.length }
    },
    grown: () => grown.promise,
  } as unknown as Tail
  const out = viewer as unknown as ServerResponse
  const ended = follow({ tail, out, from: 0, isTextWanted: true })
  const ring = () => {
    grown.resolve()
    grown = Promise.withResolvers()
  }
  return { log, ended, ring }
}

const settled = async () => {
  for (let i = 0; i < 20; i++) await turn()
}

test('half a letter waits for its other half, and is said as it is without', async () => {
  const viewer = new Viewer()
  const { log, ended, ring } = following(viewer)
  log.bytes = Buffer.from('aé').subarray(0, 2)
  ring()
  await settled()
  assert.deepEqual(viewer.texts, ['a'])
  log.bytes = Buffer.concat([Buffer.from('aé'), Buffer.from([0xf0, 0x9f])])
  log.isDone = true
  ring()
  await ended
  assert.equal(viewer.texts.join(''), 'aé\ufffd')
  assert.match(viewer.written.at(-1) ?? '', /^id: 5\nevent: end\n/)
})

test('nothing is read for a viewer that does not read', async () => {
  const viewer = new Viewer()
  viewer.isReading = false
  const { log, ended } = following(viewer)
  log.bytes = Buffer.from('0123456789')
  log.isDone = true
  await settled()
  const { reads } = log
  await settled()
  assert.equal(log.reads, reads)
  assert.deepEqual(viewer.texts, ['0123'])
  viewer.isReading = true
  viewer.emit('drain')
  await ended
  assert.equal(viewer.texts.join(''), '0123456789')
})

test('a viewer that is gone is left, whatever it waited for', async () => {
  const viewer = new Viewer()
  const { ended } = following(viewer)
  await settled()
  viewer.destroyed = true
  viewer.emit('close')
  await ended
})
