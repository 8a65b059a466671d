import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRejection, replay } from '#kernel/decider.ts'
import { law } from '../../test/support/law.ts'
import { given } from '../../test/support/given.ts'
import type { ReleaseCommand } from './commands.ts'
import type { ReleaseEvent } from './events.ts'
import { release } from './release.ts'

const facts = {
  at: 1,
  by: 'system',
  release: 'rel_1',
  service: 'checkout',
  version: '1.2.0',
  tag: 'v1.2.0',
  artifact: 'sha256:aa',
  repository: '/r',
  sha: 'abc',
  run: 'run_1',
  commits: [],
  changelog: '## 1.2.0',
}
const create = { type: 'release.create', ...facts } as const
const created = { type: 'release.created', ...facts } as const
const tagged = { type: 'release.tagged', at: 1, by: 'system', tag: 'v1.2.0', sha: 'abc' } as const
const reason = 'loses every third order'
const veto = (environment?: string) =>
  ({ type: 'release.veto', at: 2, by: 'ana', environment, reason }) as const
const unveto = (environment?: string) => ({ ...veto(environment), type: 'release.unveto' }) as const
const vetoed = (environment?: string): ReleaseEvent => ({
  type: 'release.vetoed',
  at: 2,
  by: 'ana',
  service: 'checkout',
  version: '1.2.0',
  ...(environment && { environment }),
  reason,
})
const unvetoed = (environment?: string): ReleaseEvent => ({
  type: 'release.unvetoed',
  at: 2,
  by: 'ana',
  ...(environment && { environment }),
  reason,
})

describe('release', () => {
  it('is created with its tag, since git has it by then', () =>
    given(release).when(create).then(created, tagged))
  it('is created once, however often it is tried', () =>
    given(release, created, tagged)
      .when({ ...create, at: 9, version: '1.3.0' })
      .then())
  it('never becomes a release of other bytes', () =>
    given(release, created, tagged)
      .when({ ...create, artifact: 'sha256:bb' })
      .thenRejected('release.closed'))
  it('is vetoed for an environment, or for all, once', () => {
    given(release, created).when(veto('prod')).then(vetoed('prod'))
    given(release, created).when(veto()).then(vetoed())
    given(release, created, vetoed('prod')).when(veto('prod')).then()
    given(release, created, vetoed('prod')).when(veto()).then(vetoed())
  })
  it('is wanted again', () => {
    given(release, created, vetoed('prod')).when(unveto('prod')).then(unvetoed('prod'))
    given(release, created, vetoed()).when(unveto()).then(unvetoed())
  })
  it('refuses to lift a veto that is not there, or is wider', () => {
    given(release, created).when(unveto('prod')).thenRejected('release.not-vetoed')
    given(release, created, vetoed()).when(unveto('prod')).thenRejected('release.not-vetoed')
    given(release, created, vetoed('prod'), unvetoed('prod'))
      .when(unveto('prod'))
      .thenRejected('release.not-vetoed')
  })
  it('refuses a veto, and its end, without a reason', () => {
    for (const wish of [veto('prod'), unveto('prod')])
      given(release, created)
        .when({ ...wish, reason: ' bad      ' })
        .thenRejected('release.no-reason')
  })
  it('is noted as often as its notes are another', () => {
    const note = (notes: string) => ({ type: 'release.note', at: 3, by: 'ana', notes }) as const
    const noted = (notes: string) => ({ type: 'release.noted', at: 3, by: 'ana', notes }) as const
    given(release, created).when(note('## New\r\n')).then(noted('## New'))
    given(release, created, noted('## New')).when(note('## New')).then()
    given(release, created, noted('## New')).when(note(' ')).then(noted(''))
    given(release, created).when(note('')).then()
  })
  it('refuses notes that are too long, hide something, or are of nothing', () => {
    const note = (notes: string) => ({ type: 'release.note', at: 3, by: 'ana', notes }) as const
    given(release, created)
      .when(note('x'.repeat(20_001)))
      .thenRejected('release.notes-too-long')
    given(release, created).when(note('a\u202eb')).thenRejected('release.notes-unseen')
    given(release).when(note('a')).thenRejected('release.unknown')
  })
  it('refuses to veto what does not exist', () =>
    given(release).when(veto()).thenRejected('release.unknown'))
})

const environment = fc.constantFrom(undefined, 'staging', 'prod')
const command: fc.Arbitrary<ReleaseCommand> = fc.oneof(
  fc.constant(create),
  fc.record({ artifact: fc.constant('sha256:bb') }).map((other) => ({ ...create, ...other })),
  environment.map(veto),
  environment.map(unveto),
)

describe('whatever is asked, in whatever order', () => {
  law(
    'S12',
    'what a release is never changes',
    fc.property(fc.array(command), (commands) => {
      const events: ReleaseEvent[] = []
      for (const each of commands) {
        const answer = release.decide(each, replay(release, events))
        if (!isRejection(answer)) events.push(...answer)
      }
      assert.ok(events.filter((event) => event.type === 'release.created').length <= 1)
    }),
  )
  law(
    'S9',
    'no veto is counted twice',
    fc.property(fc.array(environment), (places) => {
      const events: ReleaseEvent[] = [created]
      for (const place of places) {
        const answer = release.decide(veto(place), replay(release, events))
        if (!isRejection(answer)) events.push(...answer)
      }
      const state = replay(release, events)
      assert.ok(state.status === 'created')
      assert.equal(new Set(state.vetoes).size, state.vetoes.length)
    }),
  )
})
