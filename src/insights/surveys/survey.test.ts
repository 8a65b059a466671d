import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { given } from '../../../test/support/given.ts'
import type { SurveyEvent } from '../events/surveys.ts'
import { keyOf, linkIn, newLinkSecret } from '../routes/survey-link.ts'
import { COMMENT_LENGTH_MAX, commentIn, formPage } from './page.ts'
import { resultOf } from './results.ts'
import { survey, type SurveyCommand } from './survey.ts'

const about = { at: 1, by: 'ana', survey: 'svy_1' }
const OPEN = {
  ...{ ...about, type: 'survey.open', title: 'Q3', question: 'How?' },
  ...{ keys: ['a', 'b', 'c', 'd', 'e', 'f'], closesAt: 100 },
} as const satisfies SurveyCommand
const opened: SurveyEvent = { ...OPEN, type: 'survey.opened' }
const answer = (key: string, score = 4, at = 5, more: object = {}): SurveyCommand => {
  return { type: 'survey.answer', at, by: 'system', survey: 'svy_1', key, score, ...more }
}
const answered = (key: string, score = 4, more: object = {}): SurveyEvent => {
  return { type: 'survey.answered', at: 5, by: 'system', survey: 'svy_1', key, score, ...more }
}
const close: SurveyCommand = { ...about, type: 'survey.close' }
const closed: SurveyEvent = { ...about, type: 'survey.closed' }

describe('a survey', () => {
  it('is opened once, since its links are told once', () => {
    given(survey).when(OPEN).then(opened)
    given(survey, opened).when(OPEN).thenRejected('survey.opened-already')
  })
  it('takes one answer a link, and none of a link that is not there', () => {
    given(survey, opened).when(answer('a')).then(answered('a'))
    given(survey, opened, answered('a'))
      .when(answer('a', 1))
      .thenRejected('survey.answered-already')
    given(survey, opened).when(answer('x')).thenRejected('survey.unknown-link')
    given(survey).when(answer('a')).thenRejected('survey.unknown-link')
  })
  it('is over when its time is, or when somebody closes it, which is done once', () => {
    given(survey, opened)
      .when(answer('a', 4, 99))
      .then({ ...answered('a'), at: 99 })
    given(survey, opened)
      .when(answer('a', 4, 100))
      .thenRejected('survey.over')
    given(survey, opened).when(close).then(closed)
    given(survey, opened, closed).when(answer('a')).thenRejected('survey.over')
    given(survey, opened, closed).when(close).then()
  })
})

const after = (...events: readonly SurveyEvent[]) =>
  events.reduce((state, event) => survey.evolve(state, event), survey.initial)

describe('what a survey came to', () => {
  it('is hidden until nobody is known by theirs, comments too', () => {
    const four = ['a', 'b', 'c', 'd'].map((key) => answered(key, 5, { comment: key }))
    const few = resultOf(after(opened, ...four), 6)
    assert.deepEqual(
      [few.answers, few.mean, few.scores, few.comments, few.interval],
      [4, null, null, null, null],
    )
    const five = resultOf(after(opened, ...four, answered('e', 0, { comment: 'a first' })), 6)
    assert.deepEqual([five.answers, five.mean, five.status], [5, 4, 'open'])
    assert.deepEqual(five.comments, ['a', 'a first', 'b', 'c', 'd'])
    assert.equal(resultOf(after(opened), 100).status, 'closed')
  })
  it('counts at most one answer a link, whoever sends what how often', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'x'), fc.nat())), (sent) => {
        let state = after(opened)
        for (const [key, score] of sent) {
          const made = survey.decide(answer(key, score), state)
          if (!('rejected' in made)) for (const event of made) state = survey.evolve(state, event)
        }
        const links = new Set(sent.map(([key]) => key).filter((key) => key !== 'x'))
        assert.equal(state.scores.length, links.size)
      }),
    )
  })
})

describe('a link', () => {
  it('is a survey and a secret, of which the hash is kept', () => {
    const secret = newLinkSecret()
    const id = `svy_${'0'.repeat(26)}`
    assert.deepEqual(linkIn(`${id}.${secret}`), { survey: id, key: keyOf(secret) })
    assert.notEqual(keyOf(secret), secret)
    for (const bad of ['', id, `${id}.`, `${id}.${secret}x`, `run_1.${secret}`, `../${secret}`])
      assert.equal(linkIn(bad), undefined)
  })
})

describe('the page of a survey', () => {
  it('shows hostile text as text', () => {
    const page = formPage({
      title: '<script>1</script>',
      question: `"><img onerror='x'>`,
      closesAt: 0,
    })
    assert.doesNotMatch(page, /<script|<img/)
    assert.doesNotMatch(page.replaceAll(/&[a-z#0-9]+;/g, ''), / style=|['"] on\w+=/)
  })
  it('takes comments without what terminals obey, and no longer than it says', () => {
    assert.equal(commentIn('\u001b[31mred\u0000\u202E\r\nnext '), '[31mred\nnext')
    assert.equal(commentIn(' \n '), undefined)
    assert.equal(commentIn('x'.repeat(5_000))?.length, COMMENT_LENGTH_MAX)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (said) => {
        const comment = commentIn(said) ?? ''
        assert.ok(comment.isWellFormed())
        assert.doesNotMatch(comment, /[\u0000-\u0009\u000B-\u001F\u007F]/)
      }),
    )
  })
})
