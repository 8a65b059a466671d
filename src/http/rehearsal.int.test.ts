import assert from 'node:assert/strict'
import { it } from 'node:test'
import { place } from '../../test/support/server.ts'

it('a dry run is decided as ever, answered with what would be, and leaves nothing', async (t) => {
  const { app, token } = await place(t)
  const [admin, viewer] = [await token('root', 'admin'), await token('vic', 'viewer')]
  const key = 'the same key'
  const put = async (secret: string, dry: string | undefined) => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/api/v1/actors/zoe',
      headers: {
        authorization: `Bearer ${secret}`,
        'idempotency-key': key,
        ...(dry !== undefined && { 'signalbox-dry-run': dry }),
      },
      body: { kind: 'person', name: 'Zoe', roles: ['developer'] },
    })
    return { status: answer.statusCode, json: answer.json() as Record<string, unknown> }
  }
  const rehearsed = await put(admin, 'true')
  assert.deepEqual([rehearsed.status, rehearsed.json['dryRun']], [200, true])
  const [would] = rehearsed.json['would'] as { type: string; name: string }[]
  assert.deepEqual([would?.type, would?.name], ['actor.registered', 'Zoe'])
  const headers = { authorization: `Bearer ${admin}` }
  const list = await app.inject({ url: '/api/v1/actors', headers })
  assert.ok(!list.body.includes('zoe'))
  // A refusal is the one that would be met, and the key is still free for the real thing.
  assert.deepEqual((await put(viewer, 'true')).json['code'], 'access.denied')
  assert.equal((await put(admin, 'perhaps')).json['code'], 'request.bad-dry-run')
  assert.equal((await put(admin, undefined)).json['name'], 'Zoe')
  assert.deepEqual((await put(admin, 'true')).json, { dryRun: true, would: [] })
  const runner = await app.inject({
    url: '/api/v1/runner/whoami',
    headers: { authorization: `Bearer ${await token('r', 'runner')}`, 'signalbox-dry-run': 'true' },
  })
  assert.equal(runner.json().code, 'request.not-rehearsed')
})
