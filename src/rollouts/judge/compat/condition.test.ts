import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compile, type Value } from './condition.ts'

const said = (text: string, result: number | undefined): Value | undefined => {
  const found = compile(text)
  return found.ok ? found.condition(result) : assert.fail(`${text}: ${found.why}`)
}
const why = (text: string) => {
  const found = compile(text)
  return found.ok ? undefined : found.why
}

describe('a condition', () => {
  it('compares what was measured, as a number or as a list of one', () => {
    assert.equal(said('result >= 0.95', 0.95), true)
    assert.equal(said('result[0] >= 0.95', 0.94), false)
    assert.equal(said('result[0] == 1 or result[0] != 2', 3), true)
  })
  it('reckons and joins as expr-lang does', () => {
    assert.equal(said('1 + 2 * 3 == 7 && !(result < -1)', 0), true)
    assert.equal(said('not (result > 1) and result * 100 / 2 <= 50', 1), true)
    assert.equal(said('result % 2 == 1 || false', 3), true)
    assert.equal(said('1e-3 < result', 0.01), true)
  })
  it('knows the functions of its documentation', () => {
    assert.equal(said('isNaN(result) || result >= 0.95', Number.NaN), true)
    assert.equal(said('isInf(result)', Number.POSITIVE_INFINITY), true)
    assert.equal(said('default(result, 0) == 0', undefined), true)
    assert.equal(said('len(result) == 0', undefined), true)
    assert.equal(said('isNil(result)', undefined), true)
    assert.equal(said('asInt(result) == 3 && asFloat(result) > 3', 3.7), true)
  })
  it('is false of NaN, and an error of nothing', () => {
    assert.equal(said('result >= 0.95', Number.NaN), false)
    assert.equal(said('result[0] >= 0.95', undefined), undefined)
    assert.equal(said('result and true', 1), undefined)
  })
  it('names what is not supported', () => {
    assert.match(why('result.ok == 1') ?? '', /\.ok.* is not supported/)
    assert.match(why('result == "yes"') ?? '', /"yes" is not supported/)
    assert.match(why('all(result, {# > 1})') ?? '', /is not supported/)
    assert.match(why('result[1] > 0') ?? '', /result\[1\] is not supported/)
    assert.match(why('result ? 1 : 2') ?? '', /\? 1 : 2 is not supported/)
    assert.match(why('result in result') ?? '', /in is not supported/)
    assert.match(why('constructor(1) == 1') ?? '', /constructor is not supported/)
    assert.match(why('(result > 1') ?? '', /a \) is missing/)
    assert.match(why('') ?? '', /ends too early/)
    assert.match(why('result >') ?? '', /ends too early/)
    assert.match(why('('.repeat(900)) ?? '', /nested too deep/)
    assert.match(why('!'.repeat(900)) ?? '', /nested too deep/)
    assert.match(why(`result > ${'1'.repeat(1_000)}`) ?? '', /longer than/)
  })
  it('of any text is compiled or refused, and never fails', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(fc.constantFrom('result', '[0]', '(', ')', '>', '&&', '!', '-', '1', ',', 'len'))
            .map((words) => words.join(' ')),
        ),
        fc.option(fc.double(), { nil: undefined }),
        (text, result) => {
          const found = compile(text)
          if (found.ok) found.condition(result)
        },
      ),
    ))
})
