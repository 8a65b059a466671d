/**
 * What reports rest upon: a token is believed when an issuer that was named signed it, for us, now.
 * Every other one is refused by its own code, and none is believed because the issuer is away.
 */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { FakeIssuer } from '../../src/connectors/oidc/fake.ts'
import type { IdTokens } from '../../src/pipelines/ports.ts'

export interface IdTokenHost {
  readonly tokens: IdTokens
  readonly issuer: FakeIssuer
  readonly audience: string
  /** Of the system, without those that every token has. */
  readonly claims: Readonly<Record<string, unknown>>
  /** One without which nothing can be reported. */
  readonly needed: string
  /** What the claims mean. */
  readonly means: object
  now(): number
}

export function idTokenContract(makeHost: (t: TestContext) => Promise<IdTokenHost>): void {
  const given = ({ audience, claims, now }: IdTokenHost, more: object = {}) => {
    const iat = Math.floor(now() / 1000)
    return { claims: { ...claims, aud: audience, iat, nbf: iat, exp: iat + 300, ...more } }
  }
  const code = async ({ tokens }: IdTokenHost, token: string) => {
    const answer = await tokens.verify(token)
    if (!('rejected' in answer)) return 'believed'
    assert.ok(answer.message !== '' && answer.remedy !== '', answer.code)
    return answer.code
  }

  it('believes what its issuer signed, and reads it', async (t) => {
    const host = await makeHost(t)
    const answer = await host.tokens.verify(await host.issuer.sign(given(host)))
    assert.partialDeepStrictEqual(answer, host.means)
  })

  it('knows a token again, and tells two apart', async (t) => {
    const host = await makeHost(t)
    const one = await host.issuer.sign(given(host, { jti: 'a' }))
    const other = await host.issuer.sign(given(host, { jti: 'b' }))
    const ids = await Promise.all([one, one, other].map((each) => host.tokens.verify(each)))
    const [first, again, second] = ids.map((each) => ('id' in each ? each.id : each.code))
    assert.equal(first, again)
    assert.notEqual(first, second)
  })

  const DAY_S = 86_400
  const wrong: readonly (readonly [name: string, code: string, more: object])[] = [
    ['for somebody else', 'exchange.other-audience', { aud: 'https://elsewhere.example' }],
    ['for nobody', 'exchange.other-audience', { aud: undefined }],
    ['that has ended', 'exchange.expired', { exp: 1_000 }],
    ['that never ends', 'exchange.claims-missing', { exp: undefined }],
    ['from nobody', 'exchange.unknown-issuer', { iss: undefined }],
    ['of an issuer that nobody named', 'exchange.unknown-issuer', { iss: 'https://evil.example' }],
  ]
  for (const [name, expected, more] of wrong)
    it(`refuses one ${name}`, async (t) => {
      const host = await makeHost(t)
      assert.equal(await code(host, await host.issuer.sign(given(host, more))), expected)
    })

  it('bears with a clock that is a little off, and with no more', async (t) => {
    const host = await makeHost(t)
    const s = Math.floor(host.now() / 1000)
    const sign = async (more: object) => code(host, await host.issuer.sign(given(host, more)))
    assert.equal(await sign({ iat: s + 50, nbf: s + 50 }), 'believed')
    assert.equal(await sign({ exp: s - 50 }), 'believed')
    assert.equal(await sign({ nbf: s + 70 }), 'exchange.not-yet')
    assert.equal(await sign({ iat: s + 70 }), 'exchange.not-yet')
    assert.equal(await sign({ exp: s - 70 }), 'exchange.expired')
    const old = await sign({ iat: s - 2 * DAY_S, nbf: s - 2 * DAY_S })
    assert.equal(old, 'exchange.expired')
  })

  it('refuses one that says too little', async (t) => {
    const host = await makeHost(t)
    const token = await host.issuer.sign(given(host, { [host.needed]: undefined }))
    assert.equal(await code(host, token), 'exchange.claims-missing')
  })

  it('refuses what somebody else signed under the name of its key', async (t) => {
    const host = await makeHost(t)
    assert.equal(await code(host, await host.issuer.forge(given(host))), 'exchange.bad-signature')
  })

  it('refuses what is signed by nothing, or by a secret that both sides hold', async (t) => {
    const host = await makeHost(t)
    const [, body = '', signature = ''] = (await host.issuer.sign(given(host))).split('.')
    for (const alg of ['none', 'HS256', 'ES256']) {
      const head = Buffer.from(JSON.stringify({ alg, kid: 'key-1' })).toString('base64url')
      const forged = `${head}.${body}.${alg === 'none' ? '' : signature}`
      assert.equal(await code(host, forged), 'exchange.wrong-algorithm', alg)
    }
  })

  it('refuses one whose claims were changed', async (t) => {
    const host = await makeHost(t)
    const [head = '', , signature = ''] = (await host.issuer.sign(given(host))).split('.')
    const [, other = ''] = (await host.issuer.sign(given(host, { jti: 'other' }))).split('.')
    assert.equal(await code(host, `${head}.${other}.${signature}`), 'exchange.bad-signature')
  })

  it('refuses what is no token at all', async (t) => {
    const host = await makeHost(t)
    for (const text of ['', 'a', 'a.b.c', '..', 'x'.repeat(20_000), '{}', 'bm90.anNvbg.x'])
      assert.equal(await code(host, text), 'exchange.malformed', text.slice(0, 20))
  })

  it('follows a change of keys', async (t) => {
    const host = await makeHost(t)
    const before = await host.issuer.sign(given(host))
    assert.equal(await code(host, before), 'believed')
    await host.issuer.rotate(true)
    assert.equal(await code(host, await host.issuer.sign(given(host))), 'believed')
    assert.equal(await code(host, before), 'believed')
    await host.issuer.rotate(false)
    assert.equal(await code(host, await host.issuer.sign(given(host))), 'believed')
    assert.equal(await code(host, before), 'exchange.unknown-key')
  })

  it('keeps the keys it has', async (t) => {
    const host = await makeHost(t)
    for (let i = 0; i < 5; i++) await code(host, await host.issuer.sign(given(host)))
    assert.equal(host.issuer.asked(), 1)
  })

  it('believes nobody while the issuer cannot be asked, and says so', async (t) => {
    for (const answers of ['nonsense', 'elsewhere', 'not at all'] as const) {
      const host = await makeHost(t)
      const token = await host.issuer.sign(given(host))
      host.issuer.answers = answers
      await assert.rejects(host.tokens.verify(token), { code: 'ci.issuer-away', retry: true })
      host.issuer.answers = 'well'
      assert.equal(await code(host, token), 'believed', answers)
    }
  })
}
