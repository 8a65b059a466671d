import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { FlagPlace } from '../api/flags.ts'
import { conditionInWords, placeInWords, sharesOf, stepsIn } from './flag.ts'

const rules = (shares: Record<string, number>) => ({ shares, targeting: [] })
const place = (facts: Partial<FlagPlace> = {}): FlagPlace => ({
  environment: 'prod',
  rules: rules({ on: 10 }),
  change: 'flg_1',
  changedAt: 0,
  killed: null,
  ramp: null,
  waiting: null,
  ...facts,
})
const said = (facts?: Partial<FlagPlace>) => placeInWords(place(facts), 'off', 1_000)

it('says who gets it, and that nobody does', () => {
  assert.deepEqual(said(), { text: 'on 10 %', tone: 'good' })
  assert.deepEqual(said({ rules: null }), { text: 'all get off', tone: 'plain' })
  assert.deepEqual(said({ rules: rules({ on: 0 }) }), { text: 'all get off', tone: 'plain' })
  assert.equal(placeInWords(undefined, 'off', 0).text, 'all get off')
})
it('puts a kill before everything else, whatever the rules still say', () => {
  const killed = { at: 0, by: 'ana', reason: 'baskets lose items' }
  assert.deepEqual(said({ killed }), { text: 'killed, all get off', tone: 'bad' })
})
it('tells what waits beside what is', () => {
  const waiting = {
    change: 'flg_2',
    rules: rules({ on: 50 }),
    ramp: null,
    requestedBy: 'ana',
    plannedAt: 0,
    reason: '',
  }
  assert.deepEqual(said({ waiting }), { text: 'on 10 %; on 50 % waits', tone: 'open' })
})
it('tells the next step of a ramp, and that it is overdue', () => {
  const ramp = { variant: 'on', steps: [10, 25, 50], everyMs: 1, nextAt: 61_000 }
  assert.equal(said({ ramp }).text, 'on 10 %, 25 % in 1 min')
  assert.equal(said({ ramp: { ...ramp, nextAt: 0 } }).text, 'on 10 %, 25 % waits')
})
it('gives the default what the others leave', () => {
  const [blue, off] = sharesOf(rules({ blue: 33.3 }), ['off', 'blue'], 'off')
  assert.deepEqual([blue?.share, off?.share], [33.3, 66.7])
  assert.deepEqual(sharesOf(null, ['off'], 'off'), [{ variant: 'off', share: 100 }])
})
it('reads conditions aloud', () => {
  const of = { attribute: 'email', operator: 'endsWith', values: ['@a.org', '@b.org'] } as const
  assert.equal(
    conditionInWords({ ...of, values: [...of.values] }),
    'email ends with @a.org or @b.org',
  )
})
it('takes steps with and without a sign, and nothing else', () => {
  assert.deepEqual(stepsIn('1, 10% 50'), ['1%', '10%', '50%'])
  assert.equal(stepsIn('half'), undefined)
  assert.equal(stepsIn(' '), undefined)
})
