import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EnvironmentStanding } from '../api/calendar.ts'
import { standingInWords } from './standing.ts'

const freeze = {
  kind: 'freeze',
  name: 'year-end',
  reason: 'nobody is there',
  by: ['olga'],
  since: 0,
  endsAt: null,
  isHard: false,
  urgency: 'planned',
} as const
const standing = (facts: Partial<EnvironmentStanding>): EnvironmentStanding => ({
  environment: 'prod',
  open: 0,
  closed: 0,
  closures: [],
  nextChangeAt: null,
  ...facts,
})
const says = (facts: Partial<EnvironmentStanding>) => standingInWords(standing(facts))

describe('how an environment stands', () => {
  it('says of a hard freeze that nothing goes back either', () => {
    const hard = says({ closed: 1, closures: [freeze, { ...freeze, isHard: true }] })
    assert.deepEqual([hard.text, hard.tone], ['frozen hard', 'bad'])
    assert.match(hard.title, /Frozen, rollbacks too, by olga/)
  })
  it('is open only when it is open for everybody', () => {
    assert.equal(says({ open: 2 }).text, 'open')
    assert.equal(says({ open: 1, closed: 1, closures: [freeze] }).text, 'partly frozen')
    assert.equal(says({ closed: 1, closures: [freeze] }).text, 'frozen')
    assert.equal(says({ closed: 1, closures: [{ ...freeze, kind: 'outside' }] }).text, 'closed')
  })
  it('is never called open when it is not known, or nobody goes there', () => {
    for (const words of [standingInWords(undefined), says({})]) assert.equal(words.tone, 'plain')
  })
  it('says who closed it, why and that no end is in sight', () => {
    assert.match(
      says({ closed: 1, closures: [freeze] }).title,
      /Closed for 1 of 1 services\. Frozen by olga \(year-end\): nobody is there, with no end/,
    )
  })
})
