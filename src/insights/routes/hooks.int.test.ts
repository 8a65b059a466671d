/** Deliveries by HTTP, from the signature to what is on record. */
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { hookSource } from '#connectors/hook-sources.ts'
import { after, START } from '#engine/store.ts'
import { insightPlace } from '../../../test/support/insight-place.ts'
import { HOOK_BYTES_MAX } from './hooks.ts'

const SECRETS = ['the-old-secret', 'the-new-secret']
const SHA = 'a'.repeat(40)
const BODY = {
  action: 'created',
  repository: { full_name: 'acme/shop', html_url: 'https://github.com/acme/shop' },
  deployment: { id: 5, sha: SHA, environment: 'production', created_at: '2025-01-01T10:00:00Z' },
  deployment_status: { id: 6, state: 'success', created_at: '2025-01-01T10:02:00Z' },
}

interface Shown {
  readonly lastAt: number | null
  readonly deliveries: number
  readonly observations: number
  readonly unmapped: number
  readonly refused: { readonly forged: number }
  readonly notes: readonly object[]
}

async function hooks(t: TestContext) {
  const sources = [
    hookSource({ name: 'github', kind: 'github', secrets: () => SECRETS }),
    hookSource({ name: 'gitlab', kind: 'gitlab', secrets: () => ['plain', 'whsec_c2VjcmV0'] }),
    hookSource({ name: 'jira', kind: 'generic', secrets: () => SECRETS, signature: 'atlassian' }),
  ]
  const place = await insightPlace(t, sources)
  const deliver = async (
    body: unknown,
    { secret = 'the-new-secret', event = 'deployment_status', headers = {}, to = 'github' } = {},
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const mac = createHmac('sha256', secret).update(text).digest('hex')
    const answer = await fetch(`${place.url}/hooks/${to}`, {
      method: 'POST',
      body: text,
      headers: {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${mac}`,
        ...headers,
      },
    })
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
  }
  const observed = async () => {
    const all = await after(place.engine.database, START, 1_000)
    return all.filter(({ stream }) => stream.startsWith('observation-'))
  }
  return { ...place, deliver, observed }
}

describe('a delivery', () => {
  it('is on record before it is answered, once, however often it is sent', async (t) => {
    const { deliver, observed } = await hooks(t)
    const headers = { 'x-github-delivery': 'd-1' }
    const first = await deliver(BODY, { headers })
    assert.deepEqual([first.status, first.json['observations']], [202, 1])
    assert.equal((await observed()).length, 1)
    const again = await deliver(BODY, { headers })
    assert.deepEqual([again.status, again.json['isDuplicate']], [202, true])
    // A day later under another id, by whoever kept it: the same fact.
    const replayed = await deliver(BODY, { headers: { 'x-github-delivery': 'd-2' } })
    assert.equal(replayed.status, 202)
    assert.equal((await observed()).length, 1)
  })

  it('sent many times at once is one', async (t) => {
    const { deliver, observed } = await hooks(t)
    const headers = { 'x-github-delivery': 'd-1' }
    const all = await Promise.all(Array.from({ length: 10 }, () => deliver(BODY, { headers })))
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [202])
    assert.equal((await observed()).length, 1)
  })

  it('is genuine with any of the secrets, and else refused', async (t) => {
    const { deliver, observed } = await hooks(t)
    assert.equal((await deliver(BODY, { secret: 'the-old-secret' })).status, 202)
    const forged = await deliver(BODY, { secret: 'a guess' })
    assert.deepEqual([forged.status, forged.json['code']], [401, 'hook.forged'])
    const unsigned = await deliver(BODY, { headers: { 'x-hub-signature-256': '' } })
    assert.deepEqual([unsigned.status, unsigned.json['code']], [401, 'hook.unsigned'])
    const nobody = await deliver(BODY, { to: 'githup' })
    assert.deepEqual([nobody.status, nobody.json['code']], [404, 'connection.unknown'])
    assert.doesNotMatch(JSON.stringify(nobody.json), /gitlab|jira/)
    assert.equal((await observed()).length, 1)
  })

  it('of GitLab is genuine by its token, and by a signing token that never travels', async (t) => {
    const { deliver, observed } = await hooks(t)
    const project = { path_with_namespace: 'acme/shop', web_url: 'https://gitlab.com/acme/shop' }
    const body = {
      object_kind: 'deployment',
      project,
      status: 'success',
      deployment_id: 1,
      environment: 'production',
    }
    const token = (said: string) => ({ to: 'gitlab', headers: { 'x-gitlab-token': said } })
    assert.equal((await deliver(body, token('plain'))).status, 202)
    assert.equal((await deliver(body, token('whsec_c2VjcmV0'))).status, 401)
    const at = String(Math.floor(Date.now() / 1000))
    const mac = createHmac('sha256', 'secret')
    const signature = mac.update(`m1.${at}.${JSON.stringify(body)}`).digest('base64')
    const signed = await deliver(body, {
      to: 'gitlab',
      headers: {
        'webhook-id': 'm1',
        'webhook-timestamp': at,
        'webhook-signature': `v1,${signature}`,
      },
    })
    assert.equal(signed.status, 202)
    assert.equal((await observed()).length, 1)
  })

  it('is refused with the reason when it is no JSON, or larger than anything is', async (t) => {
    const { deliver } = await hooks(t)
    const torn = await deliver('{"action":')
    assert.deepEqual([torn.status, torn.json['code']], [422, 'hook.unreadable'])
    const large = await deliver(`"${'x'.repeat(HOOK_BYTES_MAX)}"`)
    assert.deepEqual([large.status, large.json['code']], [413, 'request.too-large'])
    const form = `payload=${encodeURIComponent(JSON.stringify(BODY))}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal((await deliver(form, { headers })).json['observations'], 1)
  })

  it('nearly as large as may be is taken', async (t) => {
    const { deliver, observed } = await hooks(t)
    const deployment = { ...BODY.deployment, description: 'x'.repeat(HOOK_BYTES_MAX - 10_000) }
    assert.equal((await deliver({ ...BODY, deployment })).status, 202)
    assert.equal((await observed()).length, 1)
  })

  it('with text that no database keeps is kept all the same', async (t) => {
    const { deliver, observed } = await hooks(t)
    const status = { ...BODY.deployment_status, state: 'failure', description: 'a\u0000b\ud800' }
    assert.equal((await deliver({ ...BODY, deployment_status: status })).status, 202)
    assert.match(JSON.stringify(await observed()), /a\ufffdb\ufffd/)
  })

  it('counts for its connection’s health, refused and unmapped ones too', async (t) => {
    const { deliver, get } = await hooks(t)
    await deliver(BODY)
    await deliver({ zen: 'x' }, { event: 'ping' })
    await deliver(BODY, { secret: 'a guess' })
    await deliver(
      { webhookEvent: 'jira:issue_created' },
      {
        to: 'jira',
        headers: {
          'x-hub-signature': `sha256=${createHmac('sha256', SECRETS[0] ?? '')
            .update('{"webhookEvent":"jira:issue_created"}')
            .digest('hex')}`,
        },
      },
    )
    const [github, gitlab, jira] = (await get('/connections')) as Shown[]
    assert.equal(github?.deliveries, 2)
    assert.equal(github?.observations, 1)
    assert.equal(github?.unmapped, 1)
    assert.equal(github?.refused.forged, 1)
    assert.deepEqual(github?.notes, [{ event: 'ping', note: 'unmapped', deliveries: 1 }])
    assert.equal(gitlab?.lastAt, null)
    assert.equal(jira?.deliveries, 1)
  })
})
