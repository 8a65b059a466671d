import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idTokenContract } from '../../../test/contracts/id-tokens.contract.ts'
import { startFakeIssuer } from './fake.ts'
import { idTokens } from './oidc.ts'
import type { Issuer } from './types.ts'

const SHA = 'a'.repeat(40)
const AUDIENCE = 'https://signalbox.example'
const now = () => 1_800_000_000_000

type Told = readonly [
  facts: Pick<Issuer, 'kind'> & Partial<Issuer>,
  claims: Readonly<Record<string, unknown>>,
  needed: string,
  means: object,
]

const SYSTEMS: readonly Told[] = [
  [
    { kind: 'github' },
    {
      repository: 'acme/shop',
      ref: 'refs/pull/7/merge',
      base_ref: 'main',
      sha: SHA,
      run_id: '99',
      run_attempt: '2',
      runner_environment: 'github-hosted',
    },
    'sha',
    {
      pullRequest: { number: 7, base: 'main' },
      sha: SHA,
      run: '99',
      attempt: 2,
      execution: '99.2',
      builder: 'https://github.com/actions/runner/github-hosted',
    },
  ],
  [
    { kind: 'gitlab', repositories: { 'acme/shop': '/srv/shop' } },
    {
      project_path: 'acme/shop',
      ref: 'main',
      ref_type: 'branch',
      sha: SHA,
      pipeline_id: '5',
      job_id: '6',
    },
    'project_path',
    { repository: '/srv/shop', ref: 'refs/heads/main', sha: SHA, run: '5', execution: '6' },
  ],
  [
    { kind: 'circleci' },
    {
      'oidc.circleci.com/vcs-origin': 'github.com/acme/shop',
      'oidc.circleci.com/vcs-ref': 'refs/heads/main',
      'oidc.circleci.com/pipeline-id': 'p',
      'oidc.circleci.com/job-id': 'j',
    },
    'oidc.circleci.com/vcs-ref',
    { repository: 'github.com/acme/shop', ref: 'refs/heads/main', run: 'p', execution: 'j' },
  ],
  [
    { kind: 'buildkite', organization: 'acme' },
    {
      organization_slug: 'acme',
      pipeline_slug: 'shop',
      build_number: 12,
      build_branch: 'main',
      build_commit: SHA,
      job_id: 'j',
    },
    'pipeline_slug',
    { repository: 'buildkite.com/acme/shop', sha: SHA, run: 'shop/12', execution: 'j' },
  ],
]

for (const [facts, claims, needed, means] of SYSTEMS)
  describe(`a token of ${facts.kind}`, () =>
    idTokenContract(async (t) => {
      const issuer = await startFakeIssuer()
      t.after(() => issuer.stop())
      const named = { name: 'ours', issuer: issuer.url, audience: AUDIENCE }
      const one = { ...named, algorithms: ['RS256'], repositories: {}, ...facts }
      const tokens = idTokens([one], now, { cooldownMs: 0 })
      const told = { issuer: 'ours', system: facts.kind, ...means }
      return { tokens, issuer, audience: AUDIENCE, claims, needed, means: told, now }
    }))

describe('issuers that several share', () => {
  it('tells organisations of one issuer apart', async (t) => {
    const issuer = await startFakeIssuer()
    t.after(() => issuer.stop())
    const named = { issuer: issuer.url, audience: AUDIENCE, algorithms: ['RS256'] }
    const one = { ...named, kind: 'buildkite' as const, repositories: {} }
    const tokens = idTokens(
      [
        { ...one, name: 'first', organization: 'acme' },
        { ...one, name: 'second', organization: 'other' },
      ],
      now,
    )
    const s = now() / 1000
    const [, claims] = SYSTEMS[3] ?? []
    const of = async (organization_slug: string) =>
      tokens.verify(
        await issuer.sign({
          claims: { ...claims, organization_slug, aud: AUDIENCE, iat: s, exp: s + 60 },
        }),
      )
    assert.partialDeepStrictEqual(await of('acme'), { issuer: 'first' })
    assert.partialDeepStrictEqual(await of('other'), { issuer: 'second' })
    assert.partialDeepStrictEqual(await of('evil'), { code: 'exchange.other-organization' })
  })

  it('does not flood an issuer with questions for keys that nobody has', async (t) => {
    const issuer = await startFakeIssuer()
    t.after(() => issuer.stop())
    const named = { name: 'ours', issuer: issuer.url, audience: AUDIENCE, repositories: {} }
    const tokens = idTokens([{ ...named, kind: 'gitlab', algorithms: ['RS256'] }], now)
    for (let i = 0; i < 20; i++) {
      const token = await issuer.forge({ claims: { aud: AUDIENCE }, kid: `made-up-${i}` })
      assert.partialDeepStrictEqual(await tokens.verify(token), { code: 'exchange.unknown-key' })
    }
    assert.equal(issuer.asked(), 1)
  })
})
