import assert from 'node:assert/strict'
import { afterEach, it, mock } from 'node:test'
import { deployment, tick } from '../../fixtures.ts'
import { act, standsAsSeen } from './act.ts'

const json = (status: number, body: object) => new Response(JSON.stringify(body), { status })
const movedOn = () => json(412, { code: 'stream.moved-on', detail: 'It moved on.', remedy: '' })
const seen = deployment({ revision: 4 })

afterEach(() => mock.restoreAll())

function server(...answers: (() => Response)[]): { readonly asked: string[] } {
  const asked: string[] = []
  mock.method(globalThis, 'fetch', async (path: string, init: RequestInit) => {
    const version = new Headers(init.headers).get('if-match')
    asked.push(`${init.method ?? 'GET'} ${path.replace('/api/v1', '')} ${version ?? ''}`.trim())
    const answer = answers.shift()
    assert.ok(answer, `nobody answers ${path}`)
    return answer()
  })
  return { asked }
}

it('sends the version that was seen', async () => {
  const { asked } = server(() => json(200, {}))
  await act(seen, 'pause', 'why')
  assert.deepEqual(asked, ['POST /deployments/dep_1/pause "4"'])
})
it('says it again when only a tick came in between', async () => {
  const { asked } = server(
    movedOn,
    () => json(200, { ...seen, revision: 5 }),
    () => json(200, {}),
  )
  await act(seen, 'abort', 'why')
  assert.equal(asked[2], 'POST /deployments/dep_1/abort "5"')
})
it('does not when it went on', async () => {
  const { asked } = server(movedOn, () => json(200, { ...seen, revision: 5, step: 1, weight: 50 }))
  await assert.rejects(act(seen, 'advance', 'why'), { message: 'It moved on.' })
  assert.equal(asked.length, 2)
})
it('gives up some time', async () => {
  const fresh = () => json(200, seen)
  const { asked } = server(movedOn, fresh, movedOn, fresh, movedOn, fresh, movedOn)
  await assert.rejects(act(seen, 'abort', 'why'), { message: 'It moved on.' })
  assert.equal(asked.length, 7)
})
it('takes every change for news that a person would decide by', () => {
  for (const change of [{ step: 1 }, { weight: 50 }, { status: 'paused' }] as const)
    assert.equal(standsAsSeen(seen, deployment(change)), false)
})
it('takes a new verdict for news, but not a new number', () => {
  const { verdict } = tick(0)
  const before = deployment({ verdict })
  assert.equal(standsAsSeen(before, { ...before, verdict: { ...verdict, evidence: 2 } }), true)
  const bad = { ...verdict, verdict: 'rollback' } as const
  assert.equal(standsAsSeen(before, { ...before, verdict: bad }), false)
})
