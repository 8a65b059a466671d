import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { actorNamed } from '#access/queries.ts'
import type { Registry } from '#artifacts/ports.ts'
import { openSigner, openVerifier } from '#connectors/local-key/local-key.ts'
import { governanceNeeds } from '../../governance-needs.ts'
import { governanceRig } from '../../../test/support/governance-rig.ts'
import { serve } from '../../../test/support/routes.ts'
import { accessReviewsIn } from '../queries/access-reviews.ts'
import { accessReviewRoutes } from '../routes/access-reviews.ts'
import { reviewKeeper, SCHEDULE } from './access-reviews.ts'

const DAY = 86_400_000
const turn = { fence: 1, signal: new AbortController().signal }

async function room(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-review-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const signer = await openSigner(root)
  const verifier = openVerifier(root)
  const rig = await governanceRig(t)
  const { engine } = rig
  await rig.service({ name: 'shop', tier: 0 })
  let now = 1_000
  const clock = () => now
  const registry = {} as Registry
  const needs = governanceNeeds({ engine, registry, verifier, now: clock })
  const keeper = reviewKeeper({ engine, signer, now: clock, ...needs })
  const as = serve(t, accessReviewRoutes(needs), { engine, now: clock })
  return {
    ...{ rig, engine, verifier, keeper, as },
    wait: (days: number) => {
      now += days * DAY
    },
    rolesOf: async (id: string) => (await actorNamed(engine.reads, id))?.roles,
  }
}

interface Review {
  readonly id: string
  readonly code?: string
  readonly status: string
  readonly bundle: string
  readonly counts: Record<string, number>
  readonly lines: readonly {
    readonly grant: { readonly actor: string; readonly lastUsedAt: number | null }
    readonly effect?: { readonly what: string }
  }[]
}

it('what nobody stands up for is taken at the deadline, and the result is signed', async (t) => {
  const { rig, verifier, keeper, as, wait, rolesOf, engine } = await room(t)
  await rig.person('ana', ['operator', 'viewer'])
  await rig.person('ben', ['approver'])
  await rig.say('grant', 'ana', { type: 'grant.used', role: 'viewer', at: 500 })
  const ask = as('ben', 'approver')
  const { json } = await as('root')('POST', '/access/reviews', { team: 'team-web', days: 7 })
  const { id, lines, counts } = json as Review
  assert.deepEqual(counts, { grants: 3, kept: 0, revoked: 0, undecided: 3 })
  assert.deepEqual(
    lines.map(({ grant }) => [grant.actor, grant.lastUsedAt]),
    [
      ['ana', null],
      ['ana', 500],
      ['ben', null],
    ],
  )
  const keep = { decision: 'keep', reason: 'reads logs' }
  await ask('POST', `/access/reviews/${id}/decide`, { actor: 'ana', role: 'viewer', ...keep })
  const own = await ask('POST', `/access/reviews/${id}/decide`, {
    ...{ actor: 'ben', role: 'approver', ...keep },
  })
  assert.equal((own.json as Review).code, 'accessReview.own-grant')
  assert.deepEqual(await keeper.reconcile(id, turn), { at: 1_000 + 7 * DAY })
  const early = await as('root')('POST', `/access/reviews/${id}/close`)
  assert.equal((early.json as Review).code, 'accessReview.undecided')
  wait(7)
  for (let turns = 0; turns < 3; turns++) await keeper.reconcile(id, turn)
  assert.deepEqual([await rolesOf('ana'), await rolesOf('ben')], [['viewer'], []])
  const done = (await ask('GET', `/access/reviews/${id}`)).json as Review
  assert.deepEqual([done.status, done.counts['revoked']], ['signed', 2])
  const read = await verifier.verify(done.bundle)
  assert.ok(read.ok)
  const { predicate } = JSON.parse(Buffer.from(read.payload).toString()) as {
    predicate: { review: string; grants: { actor: string; role: string; effect: string }[] }
  }
  assert.equal(predicate.review, id)
  assert.deepEqual(
    predicate.grants.map(({ actor, role, effect }) => [actor, role, effect]),
    [
      ['ana', 'operator', 'revoked'],
      ['ana', 'viewer', null],
      ['ben', 'approver', 'revoked'],
    ],
  )
  const { version } = await engine.load({ kind: 'accessReview', decider: ANY }, id)
  await keeper.reconcile(id, turn)
  assert.equal((await engine.load({ kind: 'accessReview', decider: ANY }, id)).version, version)
})
const ANY = { initial: null, evolve: () => null }

it('the last administrator stays one, and so does the platform’s own account', async (t) => {
  const { rig, keeper, as, wait, rolesOf } = await room(t)
  const none = { teams: [] }
  const actor = { kind: 'person', name: 'x', emails: [], roles: ['admin'], ...none }
  for (const id of ['root', 'second']) await rig.say('actor', id, { type: REGISTERED, ...actor })
  const runner = { ...actor, kind: 'service-account', roles: ['runner'] }
  await rig.say('actor', 'bundled-runner', { type: REGISTERED, ...runner })
  const { json } = await as('root')('POST', '/access/reviews', {})
  const { id } = json as Review
  wait(14)
  for (let turns = 0; turns < 3; turns++) await keeper.reconcile(id, turn)
  const { lines } = (await as('root')('GET', `/access/reviews/${id}`)).json as Review
  assert.deepEqual(
    lines.map(({ grant, effect }) => [grant.actor, effect?.what]),
    [
      ['bundled-runner', undefined],
      ['root', 'revoked'],
      ['second', 'last-admin'],
    ],
  )
  assert.deepEqual(
    [await rolesOf('root'), await rolesOf('second'), await rolesOf('bundled-runner')],
    [[], ['admin'], ['runner']],
  )
})
const REGISTERED = 'actor.registered'

it('the calendar begins a review a quarter after the first service came, and once', async (t) => {
  const { rig, engine, keeper, wait } = await room(t)
  await rig.person('ana', ['operator'])
  const next = await keeper.reconcile(SCHEDULE, turn)
  assert.ok(next)
  assert.deepEqual(await accessReviewsIn(engine.reads, { limit: 10 }), [])
  wait(92)
  await keeper.reconcile(SCHEDULE, turn)
  await keeper.reconcile(SCHEDULE, turn)
  const rows = await accessReviewsIn(engine.reads, { limit: 10 })
  assert.deepEqual(
    rows.map(({ team, state }) => [team, state.trigger]),
    [['team-web', 'schedule']],
  )
})

it('a team that nobody is in is told with the nearest that there is', async (t) => {
  const { rig, as } = await room(t)
  await rig.person('ana', ['operator'])
  const { json } = await as('root')('POST', '/access/reviews', { team: 'team-wev' })
  assert.equal((json as Review).code, 'team.unknown')
})
