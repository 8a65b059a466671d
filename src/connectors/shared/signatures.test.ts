import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  genericHmac,
  type Headers,
  SCHEMES,
  type Scheme,
  type SchemeName,
  signatureProblem,
  TOLERANCE_MS,
} from './signatures.ts'

const NOW = 1_614_265_330_000
const SECONDS = String(NOW / 1000)
const hex = (key: string | Buffer, text: string | Buffer, algorithm = 'sha256') =>
  createHmac(algorithm, key).update(text).digest('hex')

const base64 = (key: Buffer, text: Buffer) =>
  createHmac('sha256', key).update(text).digest('base64')
const behind = (text: string, body: Buffer) => Buffer.concat([Buffer.from(text), body])

/** How each tool's own documents say it signs. */
const SIGNERS: Record<SchemeName, (secret: string, body: Buffer) => Headers> = {
  github: (key, body) => ({ 'x-hub-signature-256': `sha256=${hex(key, body)}` }),
  atlassian: (key, body) => ({ 'x-hub-signature': `sha256=${hex(key, body)}` }),
  'gitlab-token': (key) => ({ 'x-gitlab-token': key }),
  standard: (key, body) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': SECONDS,
    'webhook-signature': `v2,x v1,${base64(
      Buffer.from(key.replace('whsec_', ''), 'base64'),
      behind(`msg_1.${SECONDS}.`, body),
    )}`,
  }),
  slack: (key, body) => ({
    'x-slack-request-timestamp': SECONDS,
    'x-slack-signature': `v0=${hex(key, behind(`v0:${SECONDS}:`, body))}`,
  }),
  pagerduty: (key, body) => ({ 'x-pagerduty-signature': `v1=00,v1=${hex(key, body)}` }),
  circleci: (key, body) => ({ 'circleci-signature': `v1=${hex(key, body)}` }),
  buildkite: (key, body) => ({
    'x-buildkite-signature': [
      `timestamp=${SECONDS}`,
      `signature=${hex(key, behind(`${SECONDS}.`, body))}`,
    ].join(),
  }),
  sonar: (key, body) => ({ 'x-sonar-webhook-hmac-sha256': hex(key, body) }),
  nexus: (key, body) => ({ 'x-nexus-webhook-signature': hex(key, body, 'sha1') }),
  launchdarkly: (key, body) => ({ 'x-ld-signature': hex(key, body) }),
  bearer: (key) => ({ authorization: `Bearer ${key}` }),
}

const names = Object.keys(SCHEMES) as SchemeName[]
const judged = (scheme: Scheme, secrets: string[], headers: Headers, body: Buffer, now = NOW) =>
  signatureProblem(scheme, secrets, { headers, body }, now)
const secret = fc.stringMatching(/^[A-Za-z0-9]{16,40}$/)
const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each))

describe('a signature', () => {
  for (const name of names)
    it(`of ${name} is right with any of the secrets, and with no other secret or body`, () => {
      const scheme: Scheme = SCHEMES[name]
      fc.assert(
        fc.property(secret, secret, bytes, (key, other, body) => {
          fc.pre(!key.startsWith(other.slice(0, 15)))
          const headers = SIGNERS[name](key, body)
          assert.equal(judged(scheme, [key], headers, body), undefined)
          assert.equal(judged(scheme, [other, key], headers, body), undefined)
          assert.equal(judged(scheme, [other], headers, body), 'forged')
          assert.equal(judged(scheme, [], headers, body), 'forged')
          assert.equal(judged(scheme, [''], headers, body), 'forged')
          if (scheme.kind === 'hmac')
            assert.equal(
              judged(scheme, [key], headers, Buffer.concat([body, Buffer.from('x')])),
              'forged',
            )
        }),
        { numRuns: 30 },
      )
      assert.equal(judged(scheme, ['k'], {}, Buffer.from('{}')), 'unsigned')
    })

  it('is that of the published vectors', () => {
    // GitHub's documents; the reference libraries of Standard Webhooks.
    const github = { 'x-hub-signature-256': `sha256=${GITHUB_VECTOR}` }
    assert.equal(
      judged(SCHEMES.github, ["It's a Secret to Everybody"], github, Buffer.from('Hello, World!')),
      undefined,
    )
    const standard = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }
    const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    assert.equal(
      judged(SCHEMES.standard, [key], standard, Buffer.from('{"test": 2432232314}')),
      undefined,
    )
  })

  it('whose instant is signed is good for five minutes, either way', () => {
    for (const name of ['standard', 'slack', 'buildkite'] as const) {
      const body = Buffer.from('{}')
      const headers = SIGNERS[name]('a-secret-of-ours', body)
      const at = (ms: number) =>
        judged(SCHEMES[name], ['a-secret-of-ours'], headers, body, NOW + ms)
      assert.equal(at(TOLERANCE_MS), undefined)
      assert.equal(at(-TOLERANCE_MS), undefined)
      assert.equal(at(TOLERANCE_MS + 1), 'stale')
      assert.equal(at(24 * 60 * 60_000), 'stale')
      assert.equal(at(-TOLERANCE_MS - 1), 'stale')
    }
  })

  it('of a tool that is told apart by its header alone', () => {
    const scheme = genericHmac({
      header: 'x-my-signature',
      prefix: 'hmac ',
      algorithm: 'sha512',
      encoding: 'hex',
    })
    const body = Buffer.from('{"a":1}')
    const headers = { 'x-my-signature': `hmac ${hex('k', body, 'sha512')}` }
    assert.equal(judged(scheme, ['k'], headers, body), undefined)
    assert.equal(judged(scheme, ['l'], headers, body), 'forged')
    assert.equal(judged(scheme, ['k'], { 'x-my-signature': 'other' }, body), 'unsigned')
  })

  it('is never found by many guesses in one header', () => {
    const body = Buffer.from('{}')
    const right = `v1=${hex('k', body)}`
    const guesses = [...Array.from({ length: 20 }, () => 'v1=00'), right].join(',')
    assert.equal(
      judged(SCHEMES.pagerduty, ['k'], { 'x-pagerduty-signature': guesses }, body),
      'forged',
    )
  })
})

const GITHUB_VECTOR = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
