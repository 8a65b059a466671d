import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { filled, oneOf, parseSelector, printSelector } from './selector.ts'
import { TEMPLATES } from './templates.ts'

describe('a selector', () => {
  it('is a name with matchers, and is printed as it was read', () => {
    for (const text of ['up', 'a:b_total{c="d"}', 'x{a=~"5..",b!="\\"q\\"",c!~"\\n"}'])
      assert.equal(printSelector(parseSelector(text)), text)
    assert.equal(printSelector(parseSelector(' x { a = "1" , } ')), 'x{a="1"}')
  })
  it('is nothing else that can be asked', () => {
    for (const text of [
      '',
      'rate(x[5m])',
      'sum(x)',
      'x[5m]',
      'x offset 1h',
      'x{a="1"} or y',
      'x{a="1"',
      'x{a=1}',
      '{__name__="x"}',
      'x}',
    ])
      assert.throws(() => parseSelector(text), { code: 'metrics.no-selector' }, text)
  })
  it('holds any value', () =>
    fc.assert(
      fc.property(fc.string(), (value) => {
        const selector = {
          name: 'x',
          matchers: [{ label: 'a', operator: '=' as const, value }],
        }
        assert.deepEqual(parseSelector(printSelector(selector)), selector)
      }),
    ))
  it('takes the place for its words', () => {
    const selector = parseSelector('x{ns="shop-{{environment}}",other="{{unknown}}"}')
    assert.equal(
      printSelector(filled(selector, { environment: 'prod' })),
      'x{ns="shop-prod",other="{{unknown}}"}',
    )
  })
  it('matches one of several values, and nothing that merely looks like one', () => {
    const pattern = new RegExp(`^(?:${oneOf(['1.2.3', 'a+b'])})$`)
    assert.ok(pattern.test('1.2.3') && pattern.test('a+b'))
    assert.ok(!pattern.test('1x2y3'))
  })
})

describe('the templates', () => {
  for (const [name, { requests, bad, latency }] of Object.entries(TEMPLATES))
    it(`${name} has selectors alone`, () => {
      for (const query of [requests, ...bad, ...(latency ? [latency.of] : [])])
        assert.equal(printSelector(parseSelector(query)), query)
    })
})
