import assert from 'node:assert/strict'
import test from 'node:test'
import { given } from '../../../test/support/given.ts'
import type { ExchangeEvent, IdClaims } from '../events/foreign.ts'
import { EXCHANGE_MS, exchange, type ExchangeCommand } from './exchange.ts'
import { isSameRepository } from './repository.ts'

const SHA = 'a'.repeat(40)
const claims: IdClaims = {
  id: 'one',
  issuer: 'hub',
  system: 'github',
  repository: 'github.com/acme/shop',
  ref: 'refs/heads/main',
  sha: SHA,
  run: '9',
  attempt: 2,
  execution: '9.2',
  url: 'https://github.com/acme/shop/actions/runs/9',
  builder: 'https://github.com/actions/runner/github-hosted',
}
const service = {
  name: 'shop',
  source: { repository: 'https://github.com/acme/shop.git', branch: 'main' },
}
const asked = { at: 1_000, by: 'ci.hub', hash: 'f'.repeat(64) }
const grant = (more: Partial<ExchangeCommand> = {}): ExchangeCommand => ({
  type: 'exchange.grant',
  ...asked,
  claims,
  service,
  ...more,
})
const { url, builder, run, system, issuer, attempt } = claims
const granted: ExchangeEvent = {
  type: 'exchange.granted',
  ...asked,
  expiresAt: 1_000 + EXCHANGE_MS,
  service: 'shop',
  branch: 'main',
  sha: SHA,
  origin: {
    ...{ system, issuer, run, builder, attempt, url },
    vouched: ['repository', 'ref', 'commit', 'run'],
  },
  execution: '9.2',
}

test('a token is exchanged for one that reports on its service, branch and commit', () => {
  given(exchange).when(grant()).then(granted)
})

test('asked again with the same secret it is the same, and with another one a replay', () => {
  given(exchange, granted)
    .when(grant({ at: 5_000 }))
    .then()
  given(exchange, granted)
    .when(grant({ hash: 'e'.repeat(64) }))
    .thenRejected('exchange.replayed')
})

test('a token of another repository reports on nothing here', () => {
  const other = { ...service, source: { ...service.source, repository: 'https://github.com/a/b' } }
  given(exchange)
    .when(grant({ service: other }))
    .thenRejected('exchange.other-repository')
})

test('a token of a tag, or of a branch that nobody follows, reports on nothing', () => {
  for (const ref of ['refs/tags/main', 'refs/heads/side', 'main', 'refs/heads/main/x'])
    given(exchange)
      .when(grant({ claims: { ...claims, ref } }))
      .thenRejected('exchange.other-ref')
})

test('a pull request is a place of its own, and only into the branch that is followed', () => {
  const proposed = (base: string): IdClaims => ({
    ...claims,
    ref: 'refs/pull/7/merge',
    pullRequest: { number: 7, base },
  })
  const pullRequest = { number: 7, base: 'main' }
  const { type, at, by, hash, expiresAt, service: name, ...rest } = granted
  const facts = { type, at, by, hash, expiresAt, service: name }
  given(exchange)
    .when(grant({ claims: proposed('main') }))
    .then({ ...facts, ...rest, branch: 'pull/7', pullRequest })
  given(exchange)
    .when(grant({ claims: proposed('side') }))
    .thenRejected('exchange.other-ref')
})

test('what was not signed is not called so', () => {
  const { sha: _, ...unsigned } = claims
  const answer = exchange.decide(grant({ claims: unsigned }), {})
  assert.ok(Array.isArray(answer))
  assert.partialDeepStrictEqual(answer[0], { origin: { vouched: ['repository', 'ref', 'run'] } })
  assert.ok(!('sha' in answer[0]))
})

test('addresses of one repository are one, and of two are two', () => {
  const ways = [
    'https://github.com/acme/shop',
    'https://github.com/acme/shop.git',
    'https://token@github.com/Acme/Shop/',
    'git@github.com:acme/shop.git',
    'ssh://git@github.com/acme/shop.git',
    'github.com/acme/shop',
  ]
  for (const one of ways)
    for (const other of ways) assert.ok(isSameRepository(one, other), `${one} ${other}`)
  for (const other of [
    'https://github.com/acme/shop2',
    'https://gitlab.com/acme/shop',
    'https://evil.example/github.com/acme/shop',
    'https://github.com@evil.example/acme/shop',
    '/github.com/acme/shop',
    'https://github.com/evil/acme/shop',
  ])
    assert.ok(!isSameRepository('github.com/acme/shop', other), other)
  assert.ok(isSameRepository('/srv/shop/', '/srv/shop'))
  assert.ok(!isSameRepository('/srv/Shop', '/srv/shop'))
})
