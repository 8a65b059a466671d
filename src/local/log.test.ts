import assert from 'node:assert/strict'
import test from 'node:test'
import { LOG_CHUNK_BYTES_MAX } from '../pipelines/protocol.ts'
import { openHeardLog } from './log.ts'

function hear() {
  const sent: { readonly offset: number; readonly text: string }[] = []
  const send = (offset: number, bytes: Uint8Array) => {
    sent.push({ offset, text: Buffer.from(bytes).toString() })
    return Promise.resolve(offset + bytes.length)
  }
  return { sent, send }
}

test('what is said together is heard together, and nothing twice', async () => {
  const { sent, send } = hear()
  const log = openHeardLog({ send })
  const chunk = Buffer.from('one\n')
  log.say('begins')
  log.write(chunk)
  // The reader reads the next into the same bytes.
  chunk.fill('x')
  assert.deepEqual(sent, [])
  assert.deepEqual(await log.finish(), { logBytes: 22, logCut: false })
  assert.deepEqual(sent, [{ offset: 0, text: 'signalbox: begins\none\n' }])
  log.close()
})

test('much of it is heard at once, in its order', async () => {
  const { sent, send } = hear()
  const log = openHeardLog({ send })
  log.write(Buffer.alloc(LOG_CHUNK_BYTES_MAX, 'a'))
  assert.equal(sent.length, 1)
  log.write(Buffer.from('b'))
  await log.finish()
  assert.deepEqual(
    sent.map(({ offset, text }) => [offset, text.length]),
    [
      [0, LOG_CHUNK_BYTES_MAX],
      [LOG_CHUNK_BYTES_MAX, 1],
    ],
  )
  log.close()
})

test('secrets are taken out across chunks, and a log that is not heard is cut', async () => {
  const { sent, send } = hear()
  const log = openHeardLog({ send, secrets: ['hunter22'] })
  log.write(Buffer.from('it is hunt'))
  log.write(Buffer.from('er22!\n'))
  await log.finish()
  assert.equal(sent[0]?.text, 'it is ***!\n')
  const deaf = openHeardLog({ send: () => Promise.reject(new Error('no room')) })
  deaf.say('word')
  assert.equal((await deaf.finish()).logCut, true)
})
