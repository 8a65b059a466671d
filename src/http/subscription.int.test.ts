import assert from 'node:assert/strict'
import { it } from 'node:test'
import { place } from '../../test/support/server.ts'
import { history } from '#engine/store.ts'

it('the address of a calendar reads that and nothing else, until it is taken back', async (t) => {
  const { app, engine, token } = await place(t)
  const secret = await token('ana', 'viewer')
  const headers = { authorization: `Bearer ${secret}` }
  const url = '/api/v1/calendar/subscriptions'
  const made = await app.inject({ method: 'POST', url, headers, body: { days: 30 } })
  assert.equal(made.statusCode, 201)
  const { id, path } = made.json() as { id: string; path: string }
  const read = await app.inject({ url: path })
  assert.equal(read.statusCode, 200)
  assert.match(read.body, /^BEGIN:VCALENDAR/)
  const ticket = new URL(path, 'http://x').searchParams.get('token') ?? ''
  const asBearer = { authorization: `Bearer ${ticket}` }
  assert.equal((await app.inject({ url: '/api/v1/actors', headers: asBearer })).statusCode, 401)
  assert.equal((await app.inject({ url: `/login?token=${ticket}` })).statusCode, 401)
  assert.equal((await app.inject({ url: `/api/v1/actors?token=${ticket}` })).statusCode, 401)
  assert.equal((await app.inject({ url: `/api/v1/calendar.ics?token=${secret}` })).statusCode, 401)
  // Nobody takes back what is not theirs; nothing that is kept tells the secret.
  const other = { authorization: `Bearer ${await token('ben', 'viewer')}` }
  const revoke = { method: 'POST', url: `${url}/${id}/revoke` } as const
  assert.equal((await app.inject({ ...revoke, headers: other })).statusCode, 404)
  const kept = JSON.stringify(await history(engine.database, 'actor-ana'))
  assert.ok(!kept.includes(ticket) && kept.includes('calendar'))
  const listed = await app.inject({ url, headers })
  assert.deepEqual(
    listed.json().map((each: { id: string }) => each.id),
    [id],
  )
  assert.deepEqual((await app.inject({ ...revoke, headers })).json(), [])
  const after = await app.inject({ url: path })
  assert.equal(after.statusCode, 401)
  assert.match((after.json() as { remedy: string }).remedy, /calendar subscribe/)
})
