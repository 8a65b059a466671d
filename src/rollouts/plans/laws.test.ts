/** Plans played to their end over random graphs, outcomes and interruptions: what always holds. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { law } from '../../../test/support/law.ts'
import type { OnFailure, PlanGroup, PlanItem, ReleasePlanEvent } from '../events/plans.ts'
import { type ReleasePlanCommand, ON_FAILURE } from './commands.ts'
import { type ItemFacts, nextMoves, type PlanMove } from './moves.ts'
import { standingOn } from './order.ts'
import { releasePlan } from './release-plan.ts'
import { HALT_MAX_MS, itemOf } from './standing.ts'
import type { ReleasePlan } from './state.ts'

const HOUR = 3_600_000
const STEPS_MAX = 400
const OUTCOMES = ['succeeded', 'succeeded', 'succeeded', 'failed', 'rolledBack', 'expired'] as const
type Person = 'resume' | 'cancel' | 'undo' | 'nobody'

interface Script {
  readonly items: readonly PlanItem[]
  readonly groups: readonly PlanGroup[]
  readonly outcomes: readonly (typeof OUTCOMES)[number][]
  readonly people: readonly Person[]
  readonly noReturn: readonly boolean[]
  readonly undoFails: readonly boolean[]
  readonly luck: readonly number[]
}

const scripts: fc.Arbitrary<Script> = fc
  .integer({ min: 1, max: 7 })
  .chain((n) =>
    fc.record({
      edges: fc.array(fc.array(fc.boolean(), { minLength: n, maxLength: n }), {
        minLength: n,
        maxLength: n,
      }),
      groupOf: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: n, maxLength: n }),
      policies: fc.array(
        fc.record({
          onFailure: fc.constantFrom<OnFailure>(...ON_FAILURE),
          minOk: fc.integer({ min: 0, max: 2 }),
          maxFail: fc.integer({ min: 0, max: 2 }),
        }),
        { minLength: 3, maxLength: 3 },
      ),
      outcomes: fc.array(fc.constantFrom(...OUTCOMES), { minLength: 40, maxLength: 40 }),
      people: fc.array(fc.constantFrom<Person>('resume', 'cancel', 'undo', 'nobody'), {
        maxLength: 3,
      }),
      noReturn: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
      undoFails: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
      luck: fc.array(fc.nat(99), { minLength: 50, maxLength: 50 }),
    }),
  )
  .map(({ edges, groupOf, policies, ...rest }) => {
    const name = (i: number) => `s${i}`
    const items = edges.map((row, i) => ({
      service: name(i),
      release: `rel_${i}`,
      version: '2.0.0',
      after: row.flatMap((isEdge, j) => (isEdge && j < i ? [name(j)] : [])),
    }))
    const groups = policies.flatMap((policy, g): PlanGroup[] => {
      const services = groupOf.flatMap((each, i) => (each === g ? [name(i)] : []))
      return services.length === 0 ? [] : [{ name: `g${g}`, services, ...policy }]
    })
    return { ...rest, items, groups }
  })

/** Everything that the plan's reconciler would do, on a world that is made of the script. */
class Play {
  state: ReleasePlan = releasePlan.initial
  now = 0
  readonly events: ReleasePlanEvent[] = []
  readonly facts: Record<string, ItemFacts> = {}
  readonly script: Script
  readonly #laws: (state: ReleasePlan, event: ReleasePlanEvent, play: Play) => void
  #ended = 0
  #people = 0

  constructor(script: Script, laws: (state: ReleasePlan, event: ReleasePlanEvent) => void) {
    this.script = script
    this.#laws = laws
    const { items, groups } = script
    const spec = { environment: 'prod', items, groups, source: { kind: 'named' } } as const
    this.say({ type: 'plan.plan', at: 0, by: 'ana', plan: 'p', spec })
    this.say({ type: 'plan.start', at: 0, by: 'ana' })
  }

  say(command: ReleasePlanCommand): void {
    const answer = releasePlan.decide(command, this.state)
    assert.ok(!isRejection(answer), isRejection(answer) ? answer.message : '')
    for (const event of answer) {
      this.#laws(this.state, event, this)
      this.events.push(event)
      this.state = releasePlan.evolve(this.state, event)
    }
  }

  run(): this {
    for (let step = 0; step < STEPS_MAX; step++) {
      if (this.state.status === 'ended') return this
      const { moves, until } = nextMoves(this.state, this.facts, this.now)
      // One at a time, any of them first: what was said before may make the others moot.
      const luck = this.script.luck[step % 50] ?? 0
      const move = moves[luck % Math.max(moves.length, 1)]
      if (move !== undefined) this.act(move)
      else if (!this.happen(luck)) this.now = until ?? this.now + HOUR
    }
    return assert.fail(`no end: ${this.events.map(({ type }) => type).join(' ')}`)
  }

  act(move: PlanMove): void {
    const by = { at: this.now, by: 'system' }
    switch (move.do) {
      case 'report':
        return this.say({ ...move.wish, ...by })
      case 'start': {
        const { service } = move.item
        const i = this.script.items.findIndex((each) => each.service === service)
        const before =
          i % 5 === 4
            ? null
            : { deployment: 'dep_0', release: 'rel_x', version: '1.0.0', artifact: 'sha256:1' }
        this.facts[service] = {
          promotion: { status: 'waiting', outcome: null, reason: '', progress: 'approvals' },
          ...(this.script.noReturn[i] === true && { noReturn: 'the column is gone.' }),
        }
        const command = { type: 'plan.startItem', service, promotion: 'prm_1' } as const
        return this.say({ ...command, ...by, isOurs: true, before })
      }
      case 'cancelPromotion':
        return this.end(move.service, 'cancelled')
      case 'undo': {
        const { service } = move.item
        return this.say({ type: 'plan.undoItem', ...by, service, deployment: 'dep_1' })
      }
      case 'rollBack': {
        const { service } = move.item
        const fact = this.facts[service]
        this.facts[service] = { ...fact, undo: { outcome: null, reason: '' } }
      }
    }
  }

  end(service: string, outcome: 'cancelled' | (typeof OUTCOMES)[number]): void {
    const promotion = { status: 'ended', outcome, reason: 'so it was', progress: '' } as const
    this.facts[service] = { ...this.facts[service], promotion }
  }

  /** The world goes on: something ends, or a person speaks. False: nothing is under way. */
  happen(luck: number): boolean {
    const state = this.state
    if (state.status !== 'running') return false
    const open = state.spec.items.filter(({ service }) =>
      ['started', 'undoing'].includes(itemOf(state, service).status),
    )
    const person = this.script.people[this.#people]
    if (person !== undefined && (open.length === 0 || luck % 4 === 0)) return this.speak(person)
    const item = open[luck % Math.max(open.length, 1)]
    if (item === undefined) return false
    const { service } = item
    const fact = this.facts[service] ?? {}
    if (itemOf(state, service).status === 'undoing') {
      const fails = this.script.undoFails[this.script.items.indexOf(item)] === true
      const outcome = fails ? 'stuck' : 'succeeded'
      this.facts[service] = { ...fact, undo: { outcome, reason: 'said' } }
    } else if (fact.promotion?.status === 'waiting' && luck % 2 === 0)
      this.facts[service] = { ...fact, promotion: { ...fact.promotion, status: 'started' } }
    else this.end(service, this.script.outcomes[this.#ended++ % 40] ?? 'failed')
    return true
  }

  speak(person: Person): boolean {
    this.#people++
    const by = { at: this.now, by: 'ana', reason: 'she says so' }
    const halted = this.state.status === 'running' && this.state.halts.length > 0
    if (person === 'resume' && halted) this.say({ type: 'plan.resume', ...by })
    if (person === 'cancel') this.say({ type: 'plan.cancel', ...by })
    if (person === 'undo') this.say({ type: 'plan.undo', ...by })
    if (person === 'nobody') this.now += HALT_MAX_MS / 3
    return true
  }
}

type Rule = (state: ReleasePlan, event: ReleasePlanEvent) => void
const always = (title: string, rule: Rule) =>
  law(
    'S17',
    title,
    fc.property(scripts, (script) => void new Play(script, rule).run()),
  )

const statusIn = (state: ReleasePlan, service: string) =>
  'items' in state ? itemOf(state, service).status : 'waiting'

describe('a plan', () => {
  law(
    'S17',
    'a plan always ends, and says of every service what is left to do',
    fc.property(scripts, (script) => {
      const { state } = new Play(script, () => undefined).run()
      assert.ok(state.status === 'ended')
      const left = script.items
        .map(({ service }) => service)
        .filter((each) => ['failed', 'skipped', 'kept'].includes(statusIn(state, each)))
      assert.deepEqual(
        state.tasks.map(({ service }) => service),
        left,
      )
      assert.equal(state.outcome === 'succeeded', statusesAre(state, ['succeeded', 'found']))
      for (const { service } of script.items)
        assert.ok(!['waiting', 'started', 'undoing'].includes(statusIn(state, service)))
    }),
  )

  always('a plan never starts an item before all it depends on have succeeded', (state, event) => {
    if (event.type !== 'plan.itemStarted' || !('items' in state)) return
    const item = state.spec.items.find(({ service }) => service === event.service)
    for (const each of item?.after ?? []) assert.equal(statusIn(state, each), 'succeeded')
  })

  always(
    'a plan takes back from the top: nothing goes back while something stands on it',
    (state, event) => {
      if (event.type !== 'plan.itemUndoStarted' || !('items' in state)) return
      for (const { service, after } of state.spec.items)
        if (after.includes(event.service))
          assert.ok(
            !['succeeded', 'undoing', 'started'].includes(statusIn(state, service)),
            service,
          )
    },
  )

  always('a plan takes back whatever stood on what it takes back', (state, event) => {
    if (event.type !== 'plan.undoBegun' || !('items' in state)) return
    const scope = [...state.undoing, ...event.services]
    assert.deepEqual([...standingOn(state.spec.items, scope)].sort(), [...new Set(scope)].sort())
  })

  always('a plan that halted starts nothing until somebody resumes it', (state, event) => {
    if (event.type !== 'plan.itemStarted' || !('items' in state)) return
    assert.deepEqual(state.halts, [])
    assert.equal(state.cancelled, undefined)
    assert.ok(!state.undoing.includes(event.service))
  })

  always('a plan begins nothing new once a group has lost more than it bears', (state, event) => {
    if (event.type !== 'plan.itemStarted' || !('items' in state)) return
    for (const { services, maxFail, onFailure } of state.spec.groups) {
      if (onFailure === 'continue') continue
      const failed = services.filter((each) => statusIn(state, each) === 'failed')
      const isAnswered = failed.every((each) => state.undoing.includes(each))
      const isUndo = onFailure !== 'halt' && services.every((each) => state.undoing.includes(each))
      assert.ok(failed.length <= maxFail || isAnswered || isUndo)
    }
  })

  law(
    'S17',
    'a plan leaves where it is what is past the point of no return',
    fc.property(scripts, (script) => {
      const play = new Play(script, () => undefined).run()
      for (const event of play.events)
        if (event.type === 'plan.itemUndoStarted')
          assert.equal(play.facts[event.service]?.noReturn, undefined)
    }),
  )
})

function statusesAre(state: ReleasePlan, wanted: readonly string[]): boolean {
  return (
    'items' in state && Object.values(state.items).every(({ status }) => wanted.includes(status))
  )
}
