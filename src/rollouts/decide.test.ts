import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { clearFacts, HOUR } from '../../test/support/rollout-fixtures.ts'
import { decide } from './decide.ts'
import type { Active } from './queue.ts'
import type { PromotionFacts } from './rules/facts.ts'

type Change = Partial<PromotionFacts>
const NOW = HOUR
const judge = (change: Change = {}, now = NOW) => decide({ ...clearFacts, ...change }, now)
const upstream = (change: object): Change => ({
  upstream: { ...fallback, ...change },
})
const fallback = {
  environment: 'staging',
  isValidated: true,
  isVetoed: false,
  isRolledBack: false,
}
const slot = (change: Partial<PromotionFacts['slot']>): Change => ({
  slot: { ...clearFacts.slot, ...change },
})
const hold = (badRelease?: string): Change =>
  slot({ hold: { reason: '1.9.0 was rolled back', by: 'system', at: 0, badRelease } })
const check = (state: 'failed' | 'pending' | 'waived' | 'not-applicable'): Change => ({
  checks: [{ name: 'sbom', state, message: 'none found', remedy: 'Make one.', policy: 'row' }],
})
const newer = { release: 'rel_3', version: '3.0.0', createdAt: 3 }
const freeze = {
  freeze: 'year-end',
  reason: 'holidays',
  endsAt: 5 * HOUR,
  by: 'cy',
}
const calendar = (change: Partial<PromotionFacts['calendar']>): Change => ({
  calendar: { ...clearFacts.calendar, ...change },
})
const closed = calendar({
  openings: [{ startsAt: 3 * HOUR, endsAt: 4 * HOUR }],
  closures: [{ kind: 'outside', name: 'office-hours', reason: '', by: ['cy'], endsAt: 3 * HOUR }],
  windows: ['office-hours'],
})
const closesSoon = (endsAt: number, ...later: { startsAt: number; endsAt: number }[]) =>
  calendar({ openings: [{ startsAt: 0, endsAt }, ...later], windows: ['office-hours'] })
/** What the plan of these facts takes, with what it takes to go back. */
const NEEDS = clearFacts.takes.ms + clearFacts.takes.reserveMs
const approvedBy = (...names: string[]): Change => ({
  approvals: names.map((approver) => ({ approver, at: 0, planHash: 'hash', teams: [], note: '' })),
})

describe('a promotion may start', () => {
  it('when nothing stands in its way', () => assert.equal(judge().verdict, 'allow'))
  it('into the first environment of the path', () =>
    assert.equal(judge({ upstream: null }).verdict, 'allow'))
  it('with a failed check that is waived', () =>
    assert.equal(judge(check('waived')).verdict, 'allow'))
  it('when no freeze is left', () =>
    assert.equal(judge({ freezes: [freeze] }, freeze.endsAt).verdict, 'allow'))
  it('when its own deployment has the slot already', () =>
    assert.equal(judge(slot({ holder: 'dep_2' })).verdict, 'allow'))
  it('on a held slot, when a person wants it', () =>
    assert.equal(judge({ ...hold('rel_1'), origin: 'person' }).verdict, 'allow'))
  it('again, although it runs there already', () =>
    assert.equal(judge(slot({ deployed: clearFacts.release, relation: 'same' })).verdict, 'allow'))
  it('from another line, when a person wants it or it is the later one', () => {
    const apart = slot({ deployed: newer, relation: 'apart' })
    assert.equal(judge({ ...apart, origin: 'person' }).verdict, 'allow')
    assert.equal(judge(slot({ relation: 'apart' })).verdict, 'allow')
  })
  it('after a hotfix that is part of it', () =>
    assert.equal(judge(slot({ isHotfix: true })).verdict, 'allow'))
})

describe('every obstacle has its code', () => {
  const obstacles: readonly [string, 'wait' | 'deny', Change][] = [
    ['path.off', 'deny', { isOnPath: false }],
    ['upstream.not-validated', 'wait', upstream({ isValidated: false })],
    ['upstream.vetoed', 'deny', upstream({ isVetoed: true })],
    ['upstream.rolled-back', 'wait', upstream({ isRolledBack: true })],
    ['release.vetoed', 'deny', { isVetoed: true }],
    ['artifact.pruned', 'wait', { pruned: { isRemoved: false } }],
    ['artifact.pruned', 'deny', { pruned: { isRemoved: true } }],
    ['release.older', 'deny', slot({ deployed: newer, relation: 'older' })],
    ['release.apart', 'wait', slot({ deployed: newer, relation: 'apart' })],
    ['hotfix.not-carried-back', 'wait', slot({ relation: 'apart', isHotfix: true })],
    ['check.failed', 'deny', check('failed')],
    ['check.pending', 'wait', check('pending')],
    ['plan.unapproved-change', 'wait', { planChanged: ['replicas'] }],
    ['approval.missing', 'wait', { approvals: [] }],
    ['approval.missing', 'wait', approvedBy('cy', 'eli')],
    ['freeze.active', 'wait', { freezes: [freeze] }],
    ['window.closed', 'wait', closed],
    ['window.too-short', 'wait', closesSoon(NOW + NEEDS - 1)],
    ['slot.not-open', 'wait', slot({ isOpen: false })],
    ['slot.busy', 'wait', slot({ holder: 'dep_9' })],
    ['slot.queued', 'wait', { ahead: ['prm_1'] }],
    ['slot.held', 'wait', hold('rel_1')],
    ['slot.held', 'wait', { ...hold('rel_2'), origin: 'person' }],
  ]
  for (const [code, verdict, change] of obstacles)
    it(`${code} says ${verdict}`, () => {
      const answer = judge(change)
      assert.equal(answer.verdict, verdict)
      const unmet = answer.reasons.filter(({ state }) => state !== 'met')
      assert.deepEqual(
        unmet.map((reason) => reason.code),
        [code],
      )
      assert.ok(unmet.every(({ message, remedy }) => message !== '' && remedy !== ''))
    })
  it('approval.expired says wait', () => {
    const answer = judge({}, 25 * HOUR)
    assert.equal(answer.verdict, 'wait')
    assert.ok(answer.reasons.some(({ code }) => code === 'approval.expired'))
  })
})

describe('who can act', () => {
  it('names approvers that are neither authors nor done', () =>
    assert.deepEqual(judge(approvedBy('ben')).whoCanAct, ['cy', 'dee']))
  it('names owners alone when only an owner is missing', () =>
    assert.deepEqual(judge(approvedBy('cy')).whoCanAct, ['ben', 'dee']))
  it('does not count who lost the role since', () => {
    const people = clearFacts.people.map((p) =>
      p.actor === 'ben' ? { ...p, mayApprove: false } : p,
    )
    assert.deepEqual(judge({ people }).whoCanAct, ['dee'])
  })
  it('names nobody when nothing is missing', () => assert.deepEqual(judge().whoCanAct, []))
  it('says until when a freeze lasts', () =>
    assert.equal(judge({ freezes: [freeze, { ...freeze, endsAt: 9 * HOUR }] }).until, 9 * HOUR))
})

describe('the calendar', () => {
  const finding = (code: string, change: Change, now = NOW) =>
    judge(change, now).reasons.find((reason) => reason.code === code)
  it('names the window that closes it, when it opens, and whom to ask', () => {
    const answer = judge(closed)
    assert.deepEqual([answer.until, answer.whoCanAct], [3 * HOUR, ['cy']])
    const { message, remedy, policy } = finding('window.closed', closed) ?? assert.fail()
    assert.equal(message, 'It is outside of office-hours.')
    assert.match(remedy, /^It opens 1970-01-01T03:00Z/)
    assert.equal(policy, 'window office-hours')
  })
  it('is open again at the very instant that it said', () =>
    assert.equal(judge(closed, 3 * HOUR).verdict, 'allow'))
  it('says when nothing opens it in sight', () => {
    const shut = calendar({
      openings: [],
      closures: [{ kind: 'deny', name: 'x', reason: 'moving', by: [], endsAt: null }],
    })
    assert.equal(judge(shut).until, undefined)
    assert.match(finding('window.closed', shut)?.remedy ?? '', /does not open again in sight/)
  })
  it('lets begin what ends, or is taken back, before it closes', () => {
    assert.equal(judge(closesSoon(NOW + NEEDS)).verdict, 'allow')
    const short = closesSoon(NOW + NEEDS - 1, { startsAt: 5 * HOUR, endsAt: 8 * HOUR })
    assert.deepEqual([judge(short).verdict, judge(short).until], ['wait', 5 * HOUR])
    const { message, remedy } = finding('window.too-short', short) ?? assert.fail()
    assert.match(message, /^It takes about 10m \(by its steps\), and 5m to go back, and it closes/)
    assert.match(remedy, /^It starts 1970-01-01T05:00Z/)
  })
  it('lets begin what does not fit, when somebody takes that on', () => {
    const override = { by: 'oli', reason: 'the bank waits' }
    const short = {
      ...closesSoon(NOW + NEEDS - 1, { startsAt: 5 * HOUR, endsAt: 8 * HOUR }),
      override,
    }
    assert.deepEqual([judge(short).verdict, judge(short).until], ['allow', undefined])
    assert.match(finding('window.overridden', short)?.message ?? '', /oli lets it start: the bank/)
    // It is no leave to deploy into what is closed.
    assert.equal(judge({ ...closed, override }).verdict, 'wait')
    assert.equal(judge({ freezes: [freeze], override }).verdict, 'wait')
  })
  it('does not send it into an opening that is too short as well', () => {
    const short = closesSoon(
      NOW + 1,
      { startsAt: 2 * HOUR, endsAt: 2 * HOUR + NEEDS - 1 },
      { startsAt: 5 * HOUR, endsAt: 5 * HOUR + NEEDS },
    )
    assert.equal(judge(short).until, 5 * HOUR)
    assert.equal(judge(closesSoon(NOW + 1)).until, undefined)
  })
  it('waits for the window that comes after the freeze', () => {
    const both = { ...closed, freezes: [{ ...freeze, endsAt: 4 * HOUR }] }
    assert.equal(judge(both).until, undefined)
    const later = { ...closed, freezes: [{ ...freeze, endsAt: 2 * HOUR }] }
    assert.equal(judge(later).until, 3 * HOUR)
  })
  it('says what it knows of the business hours of tier 0', () =>
    assert.match(
      finding('window.none', calendar({ note: 'Set spec.zone.' }))?.message ?? '',
      /^No window covers it\. Set spec\.zone\.$/,
    ))
})

const onItsWay: Active = {
  deployment: 'dep_9',
  version: '1.9.0',
  kind: 'forward',
  priority: 'normal',
  isUndoing: false,
  exposedAt: 0,
  returnTo: '1.8.0',
  isBelowFloor: false,
}
const preempting: Change = {
  priority: 'hotfix',
  queue: { policy: 'preempt', protectMs: 24 * HOUR },
  ...slot({ holder: 'dep_9', active: onItsWay }),
}

describe('a hotfix', () => {
  const only = (change: Change, now = NOW) =>
    judge({ ...preempting, ...change }, now).reasons.find(({ state }) => state !== 'met')
  it('sends back what is on its way, and says so, when a person wants it', () => {
    const reason = only({ origin: 'person' })
    assert.equal(reason?.code, 'slot.preempts')
    assert.equal(reason.message, '1.9.0 makes way for it, and goes back to 1.8.0.')
  })
  it('of who may not abort sends nothing back before somebody else says yes', () => {
    const dev = { origin: 'person', requesterMayOperate: false, requestedBy: 'dana' } as const
    const none = { ...clearFacts.rule, count: 0, ownersMin: 0 }
    const reason = only({ ...dev, rule: none, approvals: [] })
    assert.equal(reason?.code, 'slot.preempt-unapproved')
    assert.equal(only({ ...dev, rule: none, ...approvedBy('ben') })?.code, 'slot.preempts')
    assert.equal(only({ ...dev, rule: none, ...approvedBy('dana') })?.code, reason?.code)
  })
  it('waits for what bakes, when automation wants it, and says until when', () => {
    assert.equal(only({})?.code, 'slot.protected')
    assert.equal(judge(preempting).until, 24 * HOUR)
    const owners = [...clearFacts.approvals].map((each) => ({ ...each, at: 24 * HOUR - 1 }))
    assert.equal(only({ approvals: owners }, 24 * HOUR)?.code, 'slot.preempts')
  })
  it('waits like any other where its row does not let it preempt', () =>
    assert.equal(only({ queue: { policy: 'queue', protectMs: 0 } })?.code, 'slot.busy'))
})

/** Any state of the world, most of it in the way. */
const anyFacts: fc.Arbitrary<PromotionFacts> = fc
  .record({
    isOnPath: fc.boolean(),
    isVetoed: fc.boolean(),
    origin: fc.constantFrom('automatic' as const, 'person' as const),
    upstream: fc.option(
      fc.record({
        environment: fc.constant('staging'),
        isValidated: fc.boolean(),
        isVetoed: fc.boolean(),
        isRolledBack: fc.boolean(),
      }),
    ),
    checks: fc.array(
      fc.record({
        name: fc.constantFrom('tests', 'sbom'),
        state: fc.constantFrom('passed', 'failed', 'pending', 'waived', 'not-applicable'),
        message: fc.constant('said'),
        remedy: fc.constant('do'),
        policy: fc.constant('row'),
      }),
      { maxLength: 3 },
    ),
    priority: fc.constantFrom('normal' as const, 'hotfix' as const, 'emergency' as const),
    queue: fc.record({
      policy: fc.constantFrom('queue' as const, 'preempt' as const),
      protectMs: fc.constantFrom(0, HOUR, 24 * HOUR),
    }),
    planChanged: fc.constantFrom([], [], ['env']),
    approvals: fc.subarray([...clearFacts.approvals]),
    freezes: fc.constantFrom([], [], [freeze]),
    calendar: fc.constantFrom(
      ...[{}, {}, closed, closesSoon(NOW + NEEDS - 1), closesSoon(9 * HOUR)].map(
        (change) => change.calendar ?? clearFacts.calendar,
      ),
    ),
    ahead: fc.constantFrom([], [], ['prm_1']),
    slot: fc.record({
      isOpen: fc.boolean(),
      holder: fc.constantFrom(undefined, 'dep_2', 'dep_9'),
      active: fc.constantFrom(undefined, onItsWay),
      hold: fc.constantFrom(undefined, { reason: 'bad', by: 'cy', at: 0, badRelease: 'rel_2' }),
      deployed: fc.constantFrom(null, newer),
      relation: fc.constantFrom(
        'same' as const,
        'newer' as const,
        'older' as const,
        'apart' as const,
      ),
      isHotfix: fc.boolean(),
    }),
  })
  .map((change) => ({ ...clearFacts, ...change }))

const worse: readonly ((facts: PromotionFacts) => PromotionFacts)[] = [
  (facts) => ({ ...facts, isOnPath: false }),
  (facts) => ({ ...facts, isVetoed: true }),
  (facts) => ({ ...facts, slot: { ...facts.slot, deployed: newer, relation: 'older' } }),
  (facts) => ({ ...facts, upstream: { ...(facts.upstream ?? fallback), isValidated: false } }),
  (facts) => ({ ...facts, upstream: { ...(facts.upstream ?? fallback), isRolledBack: true } }),
  (facts) => ({ ...facts, checks: [...facts.checks, ...(check('failed').checks ?? [])] }),
  (facts) => ({ ...facts, checks: [...facts.checks, ...(check('pending').checks ?? [])] }),
  (facts) => ({ ...facts, planChanged: [...facts.planChanged, 'steps'] }),
  (facts) => ({ ...facts, approvals: facts.approvals.slice(1) }),
  (facts) => ({ ...facts, rule: { ...facts.rule, count: facts.rule.count + 1 } }),
  (facts) => ({ ...facts, freezes: [...facts.freezes, freeze] }),
  (facts) => ({ ...facts, ...closed }),
  (facts) => ({ ...facts, ...closesSoon(NOW + NEEDS - 1) }),
  (facts) => ({ ...facts, ahead: [...facts.ahead, 'prm_0'] }),
  (facts) => ({ ...facts, slot: { ...facts.slot, isOpen: false } }),
  (facts) => ({ ...facts, slot: { ...facts.slot, holder: 'dep_8' } }),
  (facts) => ({
    ...facts,
    slot: { ...facts.slot, hold: { reason: 'bad', by: 'cy', at: 0, badRelease: 'rel_2' } },
  }),
]

describe('whatever the facts', () => {
  const RANK = { allow: 0, wait: 1, deny: 2 }
  law(
    'S16',
    'one more obstacle never makes the verdict milder',
    fc.property(anyFacts, fc.constantFrom(...worse), (facts, worsen) => {
      const [before, after] = [decide(facts, NOW), decide(worsen(facts), NOW)]
      assert.ok(RANK[after.verdict] >= RANK[before.verdict])
    }),
  )
  law(
    'S16',
    'an obstacle is never waved through',
    fc.property(anyFacts, fc.constantFrom(...worse), (facts, worsen) => {
      assert.notEqual(decide(worsen(facts), NOW).verdict, 'allow')
    }),
  )
  law(
    'S16',
    'a verdict gives its reasons, and they are all met only when it allows',
    fc.property(anyFacts, fc.nat(48 * HOUR), (facts, now) => {
      const { verdict, reasons } = decide(facts, now)
      assert.ok(reasons.length >= 10)
      assert.equal(
        verdict === 'allow',
        reasons.every(({ state }) => state === 'met'),
      )
    }),
  )
  law(
    'S16',
    'the same facts give the same verdict',
    fc.property(anyFacts, fc.nat(48 * HOUR), (facts, now) => {
      assert.deepEqual(decide(facts, now), decide(structuredClone(facts), now))
    }),
  )
  it('a second account of theirs is no second yes', () => {
    const people = [...clearFacts.people, { actor: 'cy2', teams: ['team-web'], mayApprove: true }]
    const facts = (name: string): Change => ({
      ...approvedBy('ben', 'cy2'),
      people: people.map((each) => ({
        mayOperate: false,
        ...each,
        person: each.actor === 'cy2' ? name : each.actor,
      })),
    })
    assert.equal(judge(facts('cy2')).verdict, 'allow')
    assert.equal(judge(facts('ben')).verdict, 'wait')
  })
  law(
    'S4',
    'nobody is asked to approve what they wrote, asked for or approved',
    fc.property(fc.subarray(['ben', 'cy']), fc.constantFrom('dee', 'eli'), (yes, requestedBy) => {
      const { whoCanAct } = judge({ ...approvedBy(...yes), requestedBy })
      for (const name of ['ana', requestedBy, ...yes]) assert.ok(!whoCanAct.includes(name))
    }),
  )
})
