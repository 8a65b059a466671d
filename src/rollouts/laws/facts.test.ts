/** What is known stays known: facts of releases, of what runs together, and of what is measured. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { law } from '../../../test/support/law.ts'
import { aPlan, clearFacts, deployedAs } from '../../../test/support/rollout-fixtures.ts'
import { RolloutWorld } from '../../../test/support/rollout-world.ts'
import { calmly, say, shoves } from '../../../test/support/shoves.ts'
import { decide } from '../decide.ts'
import { nextMove } from '../next-move.ts'
import { taking, vector, whyUnproven } from '../plans/vector.ts'
import { environmentBefore } from '../skips.ts'
import type { SlotState } from '../slot.ts'

const PATH = ['dev', 'test', 'staging', 'prod']
type Fact = { readonly of: 'validated' | 'failed' | 'vetoed'; readonly environment: string }
const facts = fc.array(
  fc.record({
    of: fc.constantFrom<Fact['of'][]>('validated', 'failed', 'vetoed'),
    environment: fc.constantFrom(...PATH),
  }),
  { maxLength: 12 },
)
const skipped = fc.subarray(['dev', 'test', 'staging'])
const said = (all: readonly Fact[], of: Fact['of'], environment: string | undefined) =>
  all.some((each) => each.of === of && each.environment === environment)

/** The verdict as it follows from the facts alone, in whatever order they came. */
function mayEnter(all: readonly Fact[], environment: string, skips: readonly string[]) {
  const named = skips.map((each) => ({ environment: each, reason: 'it burns' }))
  const before = environmentBefore(PATH, environment, named)
  const upstream = before === undefined ? null : upstreamOf(all, before)
  const isVetoed = said(all, 'vetoed', environment)
  return decide({ ...clearFacts, environment, upstream, isVetoed, skips: named }, 1).verdict
}
const upstreamOf = (all: readonly Fact[], environment: string) => ({
  ...{ environment, isRolledBack: false },
  isValidated: said(all, 'validated', environment),
  isVetoed: said(all, 'vetoed', environment),
})

describe('whatever is known of a release, in whatever order', () => {
  law(
    'S13',
    'validated is a fact: a later failure does not take it back, and a veto does',
    fc.property(facts, fc.constantFrom(...PATH), (all, environment) => {
      const before = environmentBefore(PATH, environment, [])
      const isVetoed = [environment, before].some((each) => said(all, 'vetoed', each))
      const isValidated = before === undefined || said(all, 'validated', before)
      const verdict = mayEnter(all, environment, [])
      assert.equal(verdict, isVetoed ? 'deny' : isValidated ? 'allow' : 'wait')
      const failed = [...all, { of: 'failed' as const, environment: before ?? 'dev' }]
      assert.equal(mayEnter(failed, environment, []), verdict)
    }),
  )
  law(
    'S13',
    'skipped is not passed: what counts is the environment before those that are skipped',
    fc.property(facts, skipped, (all, skips) => {
      if (mayEnter(all, 'prod', skips) !== 'allow') return
      const left = PATH.slice(0, -1).filter((each) => !skips.includes(each))
      const last = left.at(-1)
      assert.ok(last === undefined || said(all, 'validated', last))
    }),
  )
})

describe('whatever runs together', () => {
  const state = fc.record({
    settled: fc.constantFrom(null, 1, 2),
    validated: fc.constantFrom(null, 1, 2),
    isMoving: fc.boolean(),
  })
  const slots = fc.array(state, { minLength: 1, maxLength: 5 }).map((all) =>
    all.map(({ settled, validated, isMoving }, i) => ({
      service: `s${i}`,
      state: {
        ...{ fence: 1, movedAt: 0, settled: releaseOf(settled), validated: releaseOf(validated) },
        ...(isMoving && { holder: { deployment: 'dep_9', fence: 1, since: 0 } }),
      } satisfies SlotState,
    })),
  )
  law(
    'S12',
    'a vector is validated as a whole: nothing moves, and every slot holds what it validated',
    fc.property(slots, (all) => {
      const isProven = whyUnproven(all) === undefined
      const still = all.filter(({ state: { holder } }) => holder === undefined)
      const held = all.filter(({ state: { settled } }) => settled !== null)
      const proven = held.filter(
        ({ state: { settled, validated } }) => settled?.release === validated?.release,
      )
      const isWhole = still.length === all.length && proven.length === held.length
      assert.equal(isProven, isWhole && held.length > 0)
    }),
  )
  law(
    'S12',
    'what was never validated together goes nowhere unless every row lets members go alone',
    fc.property(fc.boolean(), fc.boolean(), fc.nat(3), fc.nat(3), (isKnown, isNamed, n, strict) => {
      const member = (i: number) => ({ service: `s${i}`, config: '', ...deployedAs('d', 'r', 'v') })
      const members = Array.from({ length: n }, (_, i) => member(i))
      const answer = taking({
        ...{ from: 'staging', to: 'prod', named: isNamed ? 'sha256:1' : undefined },
        found: isKnown ? { digest: 'sha256:1', members } : undefined,
        single: members,
        whyUnproven: 'it moves',
        strict: Array.from({ length: strict }, (_, i) => ({ service: `s${i}`, policy: 'row' })),
      })
      if ('members' in answer && answer.digest === null)
        assert.ok(strict === 0 && !isNamed && n > 0)
    }),
  )
  law(
    'S12',
    'a vector is written down when it is another one, and only then',
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), (digests) => {
      const written: string[] = []
      let known = vector.initial
      for (const digest of digests) {
        const about = { at: 1, by: 'system', environment: 'staging', digest }
        const member = { service: 's', config: '', ...deployedAs('d', 'r', 'v') }
        const answer = vector.decide(
          { type: 'vector.validate', ...about, members: [member] },
          known,
        )
        if (isRejection(answer)) assert.fail(answer.message)
        written.push(...answer.map((event) => event.digest))
        known = answer.reduce(vector.evolve, known)
      }
      assert.deepEqual(
        written,
        digests.filter((digest, i) => digest !== digests[i - 1]),
      )
    }),
  )
})
const releaseOf = (i: number | null) => (i === null ? null : deployedAs('dep', `rel_${i}`, `${i}`))

describe('whatever it waits for', () => {
  const waits = fc.record({
    isPaused: fc.boolean(),
    isStopped: fc.boolean(),
    isClosing: fc.boolean(),
    at: fc.integer({ min: 1, max: 5 * 60_000 }),
    isVetoed: fc.boolean(),
  })
  law(
    'S14',
    'a rollout that users see is measured on time, and a veto of it is heard',
    fc.property(waits, ({ at, ...why }) => {
      const world = new RolloutWorld({ plan: calmly(aPlan), tier: 1 })
      world.run(at)
      if (world.state.status !== 'running' || world.state.exposedAt === undefined) return
      if (why.isPaused) say(world, { type: 'deployment.pause', reason: 'ana looks' })
      if (why.isStopped) world.obstacles = ['frozen']
      if (why.isClosing) world.closing = { since: world.now, why: 'closed' }
      const { tickedAt, weightSetAt } = world.state
      const due = (tickedAt ?? weightSetAt) + calmly(aPlan).analysis.tickMs
      assert.deepEqual(nextMove(world.state, world.observe(), due), { do: 'measure' })
      if (!why.isVetoed || world.now >= due) return
      const vetoed = { ...world.observe(), veto: 'it loses orders' }
      const move = nextMove(world.state, vetoed, world.now)
      assert.equal(move.do === 'report' && move.wish.type, 'deployment.abort')
    }),
  )
  const story = fc.array(fc.tuple(fc.constantFrom(...shoves.slice(0, -1)), fc.nat(300_000)), {
    maxLength: 3,
  })
  law(
    'S14',
    'in tiers 0 and 1 a canary that hardly anybody uses does not go on by itself',
    fc.property(story, fc.nat(9), fc.constantFrom(0 as const, 1 as const), (all, traffic, tier) => {
      const world = new RolloutWorld({ plan: calmly(aPlan), tier })
      world.traffic = traffic
      for (const [shove, at] of all) {
        world.run(at)
        if (world.state.status === 'running') shove(world)
        world.traffic = traffic
      }
      world.run(12 * 60_000)
      // Of nine requests a look none is the canary's.
      assert.ok(world.weightsSet().every((weight) => weight === 5))
    }),
  )
})
