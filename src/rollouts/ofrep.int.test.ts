import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { actors } from '#access/actor.ts'
import { authorize } from '#access/permissions.ts'
import { views as accessViews } from '#access/views.ts'
import type { EnvironmentSpec } from '#catalog/events.ts'
import { views as catalogViews } from '#catalog/views.ts'
import { Engine } from '#engine/engine.ts'
import { Feed } from '#engine/feed.ts'
import { newSecret, sha256 } from '#engine/ids.ts'
import type { DomainEvent } from '#engine/store.ts'
import { buildServer } from '#http/server.ts'
import { type Role, SYSTEM } from '#kernel/actor.ts'
import { applyNeeds } from '../manifest-kinds.ts'
import { quiet, withDatabase } from '../../test/support/database.ts'
import { record } from '../../test/support/facts.ts'
import { until } from '../../test/support/until.ts'
import type { FlagRules, FlagSpec, FlagValue } from './events/flags.ts'
import { type FlagCommand } from './flags/commands.ts'
import { flags } from './flags/flag.ts'
import { flagMemory } from './queries/flag-memory.ts'
import { ofrepRoutes } from './routes/ofrep.ts'
import { views as rolloutViews } from './views/room.ts'

const ALLOW = { verdict: 'allow', reasons: [], whoCanAct: [] } as const
const RULE = { count: 0, ownersMin: 0, ownerTeam: '', expiresMs: 1, excluded: [] }
const PROD: EnvironmentSpec = {
  name: 'prod',
  description: '',
  kind: 'production',
  ports: { from: 4_000, to: 4_999 },
}

/** A server with two flags in prod; the clock stands: nothing is stale by chance. */
async function place(t: TestContext) {
  const database = await withDatabase(t)
  const views = [...accessViews, ...catalogViews, ...rolloutViews]
  const engine = new Engine({ database, views, authorize, log: quiet })
  await engine.prepare()
  const feed = new Feed(database, engine.bus, quiet)
  const memory = flagMemory(engine.reads, quiet)
  let at = 1_000_000
  const app = await buildServer({
    ...{ engine, feed, routes: [], apply: applyNeeds, local: undefined, webDir: undefined },
    ofrep: (mount) => ofrepRoutes(mount, memory),
    ...{ version: '0.0.0', log: quiet, now: () => at },
  })
  await record<DomainEvent>(engine, 'environment', 'prod', {
    ...{ type: 'environment.registered', at, by: 'test' },
    ...{ spec: PROD },
  })
  const define = (flag: string, variants: FlagSpec['variants']) =>
    engine.execute(
      flags,
      flag,
      {
        ...{ type: 'flag.define', at, by: 'test', flag, plans: [] },
        spec: { service: 'shop', description: '', variants, default: 'off', salt: '' },
      },
      { actor: SYSTEM },
    )
  await define('early', { on: true, off: false })
  await engine.start(false)
  await feed.start()
  await memory.start(feed)
  await define('color', { on: { hue: 7 }, off: {} })
  t.after(async () => {
    await app.close()
    feed.stop()
    await engine.stop()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const set = async (flag: string, rules: FlagRules) => {
    const change = `flg_${Math.random()}`
    const wish = { environment: 'prod', change, rules, reason: 'r', planHash: 'h', approvals: RULE }
    const by = { at, by: 'test' }
    const commands: readonly FlagCommand[] = [
      { type: 'flag.plan', ...by, ...wish },
      { type: 'flag.change', ...by, environment: 'prod', change, planHash: 'h', verdict: ALLOW },
    ]
    for (const command of commands) await engine.execute(flags, flag, command, { actor: SYSTEM })
    await until('heard', () => memory.named(flag)?.environments['prod']?.live?.change === change)
  }
  const kill = async (flag: string) => {
    const command = {
      type: 'flag.kill',
      at,
      by: 'test',
      environment: 'prod',
      reason: 'bad',
    } as const
    await engine.execute(flags, flag, command, { actor: SYSTEM })
    await until('killed', () => memory.named(flag)?.environments['prod']?.killed !== undefined)
  }
  await until('defined', () => memory.named('color') !== undefined)
  const pass = (ms: number) => (at += ms)
  return { engine, database, url, set, kill, pass, token: await tokenFor(engine, at, 'viewer') }
}

async function tokenFor(engine: Engine, at: number, role: Role): Promise<string> {
  const secret = newSecret()
  const asked = { at, by: 'test' }
  const facts = {
    kind: 'service-account' as const,
    name: role,
    emails: [],
    teams: [],
    roles: [role],
  }
  const token = { token: `tok_${role}`, hash: sha256(secret), expiresAt: at + 86_400_000 }
  const who = { actor: SYSTEM }
  await engine.execute(actors, role, { type: 'actor.register', ...asked, ...facts }, who)
  await engine.execute(actors, role, { type: 'actor.issueToken', ...asked, ...token }, who)
  return secret
}

async function ask(
  url: string,
  token: string | undefined,
  context: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(url, {
    method: 'POST',
    body: typeof context === 'string' ? context : JSON.stringify({ context }),
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  })
  const text = await answer.text()
  const json = (text === '' ? {} : JSON.parse(text)) as {
    readonly key?: string
    readonly value?: FlagValue
    readonly reason?: string
    readonly errorCode?: string
    readonly errorDetails?: string
    readonly flags?: readonly { readonly key: string; readonly errorCode?: string }[]
  }
  return { status: answer.status, etag: answer.headers.get('etag') ?? '', json }
}

const half: FlagRules = { shares: { on: 50 }, targeting: [] }

describe('OFREP', () => {
  it('is what the provider of OpenFeature asks for', async (t) => {
    const { url, token, set, kill } = await place(t)
    const provider = new OFREPProvider({
      baseUrl: `${url}/environments/prod`,
      headers: { authorization: `Bearer ${token}` },
    })
    await OpenFeature.setProviderAndWait('contract', provider)
    t.after(() => OpenFeature.close())
    const client = OpenFeature.getClient('contract')
    const of = (flag: string) => client.getBooleanDetails(flag, false, { targetingKey: 'ana' })

    const { value, reason, variant } = await of('early')
    assert.deepEqual([value, reason, variant], [false, 'DEFAULT', 'off'])
    await set('early', { shares: { on: 100 }, targeting: [] })
    const on = await of('early')
    assert.deepEqual([on.value, on.reason, on.variant], [true, 'STATIC', 'on'])
    assert.equal(on.flagMetadata['environment'], 'prod')
    await set('color', { shares: { on: 100 }, targeting: [] })
    assert.deepEqual(await client.getObjectValue('color', {}), { hue: 7 })
    await kill('early')
    assert.deepEqual([(await of('early')).value, (await of('early')).reason], [false, 'DISABLED'])

    assert.equal((await of('nothing')).errorCode, 'FLAG_NOT_FOUND')
    assert.equal((await client.getBooleanDetails('color', true)).errorCode, 'TYPE_MISMATCH')
    await set('color', half)
    const nobody = await client.getObjectDetails('color', { rest: 1 })
    assert.deepEqual([nobody.errorCode, nobody.value], ['TARGETING_KEY_MISSING', { rest: 1 }])
  })

  it('answers all flags in one piece, and nothing when nothing changed', async (t) => {
    const { url, token, set } = await place(t)
    await set('early', half)
    const all = `${url}/ofrep/v1/evaluate/flags?environment=prod`
    const first = await ask(all, token, { targetingKey: 'ana' })
    assert.equal(first.status, 200)
    assert.deepEqual(
      first.json.flags?.map(({ key }) => key),
      ['color', 'early'],
    )
    for (const tag of [first.etag, `W/${first.etag}`, `"x", ${first.etag}`])
      assert.equal(
        (await ask(all, token, { targetingKey: 'ana' }, { 'if-none-match': tag })).status,
        304,
      )
    await set('early', { shares: { on: 100 }, targeting: [] })
    const again = await ask(all, token, { targetingKey: 'ana' }, { 'if-none-match': first.etag })
    assert.equal(again.status, 200)
    await set('early', half)
    const nobody = await ask(all, token, {})
    assert.equal(nobody.status, 200)
    assert.equal(nobody.json.flags?.[1]?.errorCode, 'TARGETING_KEY_MISSING')
  })

  it('says what is wrong in its own words', async (t) => {
    const { url, token } = await place(t)
    const one = `${url}/ofrep/v1/evaluate/flags/early`
    const prod = { 'x-signalbox-environment': 'prod' }
    const wrong = async (context: unknown, headers: Record<string, string> = prod, of = one) => {
      const { status, json } = await ask(of, token, context, headers)
      return [status, json.key, json.errorCode]
    }
    assert.deepEqual(await wrong('{'), [400, 'early', 'PARSE_ERROR'])
    assert.deepEqual(await wrong('x'.repeat(70_000)), [400, 'early', 'PARSE_ERROR'])
    assert.deepEqual(await wrong('<a/>', { ...prod, 'content-type': 'text/xml' }), [
      ...[400, 'early', 'PARSE_ERROR'],
    ])
    assert.deepEqual(await wrong('ana'.split('')), [400, 'early', 'INVALID_CONTEXT'])
    assert.deepEqual(await wrong({ targetingKey: 7 }), [400, 'early', 'INVALID_CONTEXT'])
    assert.deepEqual(await wrong({}, {}), [400, 'early', 'GENERAL'])
    assert.deepEqual(await wrong({}, { 'x-signalbox-environment': 'prdo' }), [
      ...[400, 'early', 'GENERAL'],
    ])
    const other = `${url}/ofrep/v1/evaluate/flags/erly`
    assert.deepEqual(await wrong({}, prod, other), [404, 'erly', 'FLAG_NOT_FOUND'])
    assert.match((await ask(other, token, {}, prod)).json.errorDetails ?? '', /Did you mean early/)
  })

  it('wants to know who asks, by either header of the protocol', async (t) => {
    const { url, token, engine } = await place(t)
    const one = `${url}/environments/prod/ofrep/v1/evaluate/flags/early`
    assert.equal((await ask(one, undefined, {})).status, 401)
    assert.equal((await ask(one, 'sbx_wrong', {})).status, 401)
    assert.equal((await ask(one, token, {})).status, 200)
    assert.equal((await ask(one, undefined, {}, { 'x-api-key': token })).status, 200)
    const runner = await tokenFor(engine, 1_000_000, 'runner')
    assert.equal((await ask(one, runner, {})).status, 403)
  })

  it('goes on while the database is away, and forgets a token that was taken back', async (t) => {
    const { url, token, set, engine, database, pass } = await place(t)
    await set('early', { shares: { on: 100 }, targeting: [] })
    const one = `${url}/environments/prod/ofrep/v1/evaluate/flags/early`
    assert.equal((await ask(one, token, {})).json.value, true)
    const command = { type: 'actor.revokeToken', at: 1, by: 'test', token: 'tok_viewer' } as const
    const other = await tokenFor(engine, 1_000_000, 'developer')
    assert.equal((await ask(one, other, {})).status, 200)
    await engine.execute(actors, 'viewer', command, { actor: SYSTEM })
    pass(10_000)
    await until('forgotten', async () => (await ask(one, token, {})).status === 401)

    const query = t.mock.method(database.pool, 'query', () => Promise.reject(new Error('away')))
    const connect = t.mock.method(database.pool, 'connect', () => Promise.reject(new Error('away')))
    pass(10_000)
    for (let i = 0; i < 3; i++) assert.equal((await ask(one, other, {})).json.value, true)
    query.mock.restore()
    connect.mock.restore()
  })
})
