import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ApiError } from '../api/client.ts'
import { followLog } from './follow-log.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** Follows until the last page was read; every page is [asked offset, answer]. */
async function follow(pages: readonly (readonly [number, string, boolean])[], first = 0) {
  const heard: string[] = []
  const asked: number[] = []
  const left = [...pages]
  await new Promise<void>((resolve) => {
    followLog(
      '/log',
      (text, isFromMiddle) => heard.push(isFromMiddle ? `…${text}` : text),
      async (_, offset) => {
        asked.push(offset)
        const [from, text, done] = left.shift() ?? [0, '', true]
        if (left.length === 0) setImmediate(resolve)
        return { bytes: bytes(text), offset: asked.length === 1 ? first : from, done }
      },
    )
  })
  return { heard, asked }
}

it('goes on where it stopped, until the log is done', async () => {
  const { heard, asked } = await follow([
    [0, 'one', false],
    [3, 'two', true],
    [6, '', true],
  ])
  assert.deepEqual(heard, ['one', 'two'])
  assert.deepEqual(asked, [-400_000, 3, 6])
})
it('says when it began in the middle', async () => {
  const { heard, asked } = await follow(
    [
      [0, 'end', true],
      [1_003, '', true],
    ],
    1_000,
  )
  assert.deepEqual(heard, ['…end'])
  assert.equal(asked[1], 1_003)
})
it('keeps a character together that two pages share', async () => {
  const [first, second] = [bytes('é').slice(0, 1), bytes('é').slice(1)]
  const pages = [first, second, new Uint8Array()]
  const heard: string[] = []
  await new Promise<void>((resolve) => {
    followLog(
      '/log',
      (text) => heard.push(text),
      async () => {
        const next = pages.shift() ?? new Uint8Array()
        if (pages.length === 0) setImmediate(resolve)
        return { bytes: next, offset: 2 - pages.length - next.length, done: true }
      },
    )
  })
  assert.equal(heard.join(''), 'é')
})
it('does not ask for a log that is not there again', async () => {
  let asked = 0
  const problem = { code: 'job.unknown', detail: '', remedy: '', status: 404 }
  followLog('/log', assert.fail, async () => {
    asked += 1
    throw new ApiError(problem)
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(asked, 1)
})
