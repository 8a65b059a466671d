import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Api, Refusal, Unreachable } from '../api.ts'
import type { Spool, Waiting } from './spool.ts'
import { isDown, upload } from './upload.ts'

const refusal = (status: number, code = 'record.too-old') =>
  new Refusal(status, { code, detail: 'No.', remedy: 'Mend it.' })

/** Three records wait; the server answers each with what is given for it, in their order. */
async function uploading(answers: readonly (Error | undefined)[], again = false) {
  const refused = new Map<number, string>([[3, 'record.too-old']])
  const sent: number[] = []
  let asked = 0
  const api = {
    post: async () => {
      const answer = answers[asked++]
      if (answer !== undefined) throw answer
    },
  } as unknown as Api
  const spool = {
    waiting: async () =>
      [1, 2, 3].map((number) => ({ number, refused: refused.get(number) }) as unknown as Waiting),
    noteSent: async (number: number) => void sent.push(number),
    noteRefused: async (number: number, why: { code: string }) =>
      void refused.set(number, why.code),
    prune: async () => {},
  } as unknown as Spool
  const { left, stopped } = await upload(api, spool, { again })
  return { asked, sent, left, stopped, refused: [...refused.keys()].toSorted() }
}

describe('an upload', () => {
  it('sends in order, and what was refused before only when asked to', async () => {
    const done = await uploading([])
    assert.deepEqual([done.sent, done.left], [[1, 2], 1])
    assert.deepEqual((await uploading([], true)).sent, [1, 2, 3])
  })

  it('goes on after one that is refused, and keeps it with its reason', async () => {
    const { sent, refused, left } = await uploading([refusal(409), undefined])
    assert.deepEqual([sent, refused, left], [[2], [1, 3], 1])
  })

  for (const [why, error] of [
    ['nobody answers', new Unreachable('gone')],
    ['a proxy answers', refusal(502, 'server.strange')],
    ['a page of somebody else answers', refusal(404, 'server.strange')],
    ['the server is too old', refusal(404, 'route.unknown')],
    ['the server is broken', refusal(500, 'server.bug')],
    ['it asks for patience', refusal(429, 'request.too-many')],
    ['the token has ended', refusal(401, 'access.unauthenticated')],
    ['somebody else’s token is used', refusal(409, 'record.other-actor')],
  ] as const)
    it(`stops and refuses nothing when ${why}`, async () => {
      const { asked, sent, refused, left, stopped } = await uploading([error])
      assert.deepEqual([asked, sent, refused, left], [1, [], [3], 3])
      assert.equal(stopped, error)
    })

  it('does not take every trouble for an absent server', () => {
    assert.equal(isDown(new Unreachable('gone')), true)
    for (const status of [502, 503, 504]) assert.equal(isDown(refusal(status)), true)
    for (const status of [401, 404, 409, 429, 500]) assert.equal(isDown(refusal(status)), false)
    assert.equal(isDown(new Error('a bug')), false)
  })
})
