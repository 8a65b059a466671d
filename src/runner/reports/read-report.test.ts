import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, describe } from 'node:test'
import { CASE_MESSAGES_LENGTH_MAX } from '../../pipelines/protocol/test-results.ts'
import { afterRerun, caseId, gatherCases, joinReports } from './cases.ts'
import { readReport } from './read-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'reports-'))
after(() => rmSync(folder, { recursive: true }))

const sample = (name: string) =>
  readReport(new URL(`../../../test/golden/reports/${name}`, import.meta.url).pathname, {
    root: '/srv/shop',
  })

/** `outcome passes/fails id`, one line a case. */
async function linesOf(name: string): Promise<readonly string[]> {
  const { cases } = await sample(name)
  return cases.map(({ outcome, passes, fails, id }) => `${outcome} ${passes}/${fails} ${id}`)
}

const DIALECTS: Readonly<Record<string, readonly string[]>> = {
  'surefire.xml': [
    'passed 1/0 shop.CartTest::addsAnItem',
    'passed 1/1 shop.CartTest::paysOnce',
    'failed 0/3 shop.CartTest::refunds',
    'errored 0/1 shop.CartTest::breaks',
    'skipped 0/0 shop.CartTest::later{int}[2]',
  ],
  'gradle.xml': [
    'passed 1/0 shop.StockTest::counts(int)[1]',
    'passed 1/1 shop.StockTest::reserves()',
    'skipped 0/0 shop.StockTest::exports()',
  ],
  'pytest.xml': [
    'passed 1/0 tests.test_cart.TestCart::test_adds[1-2]',
    'passed 1/0 tests.test_cart.TestCart::test_prices[<Price at 0x…>]',
    'failed 0/1 tests.test_cart::test_pays',
    'skipped 0/0 tests.test_cart::test_later',
    'errored 0/1 tests.test_stock',
  ],
  'jest.xml': [
    'passed 1/0 src/cart.test.ts::cart::cart adds',
    'failed 0/1 src/cart.test.ts::cart::cart pays',
    'skipped 0/0 src/cart.test.ts::cart::cart later',
    'errored 0/1 src/stock.test.ts::stock::Test suite failed to run::src/stock.test.ts',
  ],
  'playwright.xml': [
    'passed 1/0 cart.spec.ts::cart › adds an item',
    'passed 1/1 cart.spec.ts::cart › pays',
    'failed 0/2 cart.spec.ts::cart › refunds',
    'skipped 0/0 cart.spec.ts::cart › later',
  ],
  'cypress.xml': [
    'passed 1/0 login::lets in::login lets in',
    'failed 0/1 login::keeps out::login keeps out',
    'skipped 0/0 login::remembers::login remembers',
  ],
  'gotestsum.xml': [
    'passed 1/0 example.org/shop/cart::TestAdds',
    'failed 0/1 example.org/shop/cart::TestPays/card',
    'passed 1/1 example.org/shop/cart::TestRace',
    'skipped 0/0 example.org/shop/cart::TestLater',
  ],
  'go-junit-report.xml': [
    'failed 0/1 example.org/shop/stock::TestCounts',
    'skipped 0/0 example.org/shop/stock::TestLater',
    'errored 0/1 example.org/shop/stock::example.org/shop/broken::[build failed]',
  ],
  'node-test.xml': [
    'passed 1/0 test/cart.test.mjs::cart::adds',
    'failed 0/1 test/cart.test.mjs::cart::pays',
    'skipped 0/0 test/cart.test.mjs::cart::later',
    'passed 1/0 test/cart.test.mjs::inner::cart.inner::deep',
    'failed 0/1 test/a.test.mjs::test::works',
    'passed 1/0 test/b.test.mjs::test::works',
  ],
  'go-test.jsonl': [
    'passed 1/0 example.org/shop/cart::TestAdds',
    'failed 0/1 example.org/shop/cart::TestPays/card',
    'skipped 0/0 example.org/shop/cart::TestLater',
    'errored 0/1 example.org/shop/cart::TestHangs',
    'errored 0/1 example.org/shop/broken::(package)',
    'passed 1/1 example.org/shop/race::TestRace',
  ],
}

describe('each dialect tells its cases, their tries and nothing else', () => {
  for (const [name, lines] of Object.entries(DIALECTS))
    test(name, async () => assert.deepEqual(await linesOf(name), lines))
})

test('what a case failed with, and where it stands, is told by each in its way', async () => {
  const told = async (name: string, at: number) => {
    const { cases } = await sample(name)
    const found = cases[at]
    return [found?.file, found?.message?.split('\n')[0]]
  }
  assert.deepEqual(await told('surefire.xml', 1), ['shop.CartTest', 'expected: <1> but was: <2>'])
  assert.deepEqual(await told('playwright.xml', 1), ['cart.spec.ts', 'cart.spec.ts:12:5 pays'])
  assert.deepEqual(await told('cypress.xml', 0), ['cypress/e2e/login.cy.js', undefined])
  assert.deepEqual(await told('node-test.xml', 1), ['test/cart.test.mjs', 'no money'])
  assert.deepEqual(await told('go-test.jsonl', 1), [
    'example.org/shop/cart',
    'cart_test.go:21: charged twice',
  ])
  assert.deepEqual(await told('go-test.jsonl', 3), ['example.org/shop/cart', 'It did not end.'])
  assert.deepEqual(await told('go-test.jsonl', 4), [
    'example.org/shop/broken',
    'broken/broken.go:3:1: syntax error',
  ])
  // What a test printed while it failed is no message.
  const { cases } = await sample('surefire.xml')
  assert.doesNotMatch(cases[1]?.message ?? '', /charging card/)
})

test('a suite that could not begin is a failure of its own', async () => {
  const file = join(folder, 'suite.xml')
  writeFileSync(file, '<testsuite name="db"><error message="no port">5432</error></testsuite>')
  const { cases, totals } = await readReport(file)
  assert.deepEqual(cases, [
    {
      id: 'db::(suite)',
      outcome: 'errored',
      passes: 0,
      fails: 1,
      durationMs: 0,
      message: 'no port\n5432',
    },
  ])
  assert.equal(totals.failed, 1)
})

test('a retry follows a failure; what is named again after it passed is another case', () => {
  const told = (...outcomes: ('passed' | 'failed')[]) => {
    const gatherer = gatherCases()
    for (const outcome of outcomes) gatherer.add({ id: 'a', outcome, durationMs: 1 })
    return gatherer.end().cases.map(({ id, passes, fails }) => `${id} ${passes}/${fails}`)
  }
  assert.deepEqual(told('failed', 'failed', 'passed'), ['a 1/2'])
  assert.deepEqual(told('passed', 'failed', 'passed'), ['a 1/0', 'a#2 1/1'])
  assert.deepEqual(told('passed', 'passed', 'failed'), ['a 1/0', 'a#2 1/0', 'a#3 0/1'])
})

test('one file does not answer for another', () => {
  const report = (outcome: 'passed' | 'failed') => {
    const gatherer = gatherCases()
    gatherer.add({ id: 'a', outcome, durationMs: 1 })
    return gatherer.end()
  }
  const { cases, totals } = joinReports([report('failed'), report('passed')])
  assert.deepEqual(
    cases.map(({ id, outcome }) => `${id} ${outcome}`),
    ['a failed', 'a#2 passed'],
  )
  assert.equal(totals.failed, 1)
})

test('run again, only what had failed is judged anew', () => {
  const report = (outcomes: Readonly<Record<string, 'passed' | 'failed'>>) => {
    const gatherer = gatherCases()
    for (const [id, outcome] of Object.entries(outcomes))
      gatherer.add({ id, outcome, durationMs: 1, message: outcome === 'failed' ? 'why' : '' })
    return gatherer.end()
  }
  const before = report({ good: 'passed', flaky: 'failed', bad: 'failed', gone: 'failed' })
  const after = afterRerun(before, report({ good: 'failed', flaky: 'passed', bad: 'failed' }))
  assert.deepEqual(
    after.cases.map(({ id, outcome, passes, fails }) => `${id} ${outcome} ${passes}/${fails}`),
    ['good passed 1/0', 'flaky passed 1/1', 'bad failed 0/2', 'gone failed 0/1'],
  )
  assert.deepEqual([after.totals.passed, after.totals.failed], [2, 2])
  assert.equal(after.cases[1]?.message, 'why')
})

test('cases, and their messages together, are bounded, and what is left out is counted', () => {
  const gatherer = gatherCases(3)
  for (let i = 0; i < 5; i++) gatherer.add({ id: `t${i}`, outcome: 'failed', durationMs: 2 })
  const { cases, totals, isCut } = gatherer.end()
  assert.deepEqual([cases.length, totals.failed, totals.durationMs, isCut], [3, 5, 10, true])
  const big = gatherCases()
  for (let i = 0; i < 2_100; i++)
    big.add({ id: `t${i}`, outcome: 'failed', durationMs: 0, message: 'm'.repeat(5_000) })
  const said = joinReports([big.end(), gatherCases().end()]).cases
  const length = said.reduce((sum, { message = '' }) => sum + message.length, 0)
  assert.ok(length <= CASE_MESSAGES_LENGTH_MAX && length > 0)
})

test('two long names that differ at their end stay two', () => {
  const [a, b] = [caseId('s', `${'n'.repeat(900)}a`), caseId('s', `${'n'.repeat(900)}b`)]
  assert.equal(a.length, 500)
  assert.notEqual(a, b)
})

test('lines that are no events of go test are passed over; alone, they are refused', async () => {
  const file = join(folder, 'go.jsonl')
  writeFileSync(file, '{"not": "an event"}\n{broken\n')
  await assert.rejects(readReport(file), { code: 'runner.report-unreadable', message: /no event/ })
  writeFileSync(file, `{"Action":"x"}${'y'.repeat(2 * 1024 * 1024)}`)
  await assert.rejects(readReport(file), { message: /line of more than/ })
})

test('a package that Go could not build has failed, though no event says so', async () => {
  const file = join(folder, 'unbuilt.txt')
  writeFileSync(
    file,
    '# example.org/a [example.org/a.test]\na/a.go:3:1: undefined: b\n' +
      'FAIL\texample.org/a [build failed]\nFAIL\n',
  )
  await assert.rejects(readReport(file), { code: 'runner.report-unreadable' })
  const { cases } = await readReport(file, { isGoTest: true })
  assert.deepEqual(
    cases.map(({ id, outcome, message }) => [id, outcome, message]),
    [['example.org/a::(package)', 'errored', 'a/a.go:3:1: undefined: b']],
  )
})
