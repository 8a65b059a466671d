import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import './cel.ts'
import { checkExpression } from './check.ts'
import { readExpression } from './expression.ts'
import { fill, holesOf, readText } from './text.ts'
import { NUMBER, object, oneOf, STRING } from './types.ts'

const scope = {
  event: oneOf('push', 'pullRequest', 'manual'),
  branch: STRING,
  tier: NUMBER,
  inputs: object({ place: oneOf('stage', 'prod'), dry: { kind: 'bool' } }),
}
const bindings = {
  event: 'push',
  branch: 'main',
  tier: 2n,
  inputs: { place: 'prod', dry: false },
}

function answer(source: string): unknown {
  const read = readExpression(source)
  if ('problem' in read) return read.problem.message
  const given = read.expression.answer(bindings)
  return 'problem' in given ? given.problem : given.value
}

/** The first complaint about it: its remedy, and what stands where it points. */
function complaint(source: string): readonly [string, string] | undefined {
  const read = readExpression(source)
  const [problem] =
    'problem' in read ? [read.problem] : checkExpression(read.expression, scope).problems
  return problem && [`${problem.message} ${problem.remedy}`, source.slice(problem.offset)]
}

test('expressions are CEL, answered in our numbers', () => {
  assert.equal(answer('event == "push" && branch.startsWith("ma")'), true)
  assert.equal(answer('tier + 1'), 3)
  assert.equal(answer('inputs.place in ["stage", "prod"] && !inputs.dry'), true)
  assert.equal(answer('[1, 2, 3].exists(i, i == tier)'), true)
  assert.match(String(answer('branch + tier')), /no matching overload/)
})

test('a name that is not there is answered with the nearest that is, at its place', () => {
  assert.deepEqual(complaint('true || brnch == "x"'), [
    'There is no brnch. Did you mean branch?',
    'brnch == "x"',
  ])
  assert.match(
    complaint('inputs.plce == "x"')?.[0] ?? '',
    /inputs has no plce\. Did you mean place/,
  )
  assert.match(complaint('inputs["plce"] == "x"')?.[0] ?? '', /inputs has no plce\./)
  assert.match(complaint('branch.name == "x"')?.[0] ?? '', /branch is a text; it has no name/)
  assert.match(
    complaint('branch.startWith("x")')?.[0] ?? '',
    /no function startWith\. .*startsWith/,
  )
  assert.match(complaint('constructor == "x"')?.[0] ?? '', /There is no constructor/)
})

test('what can never be true is found before it runs', () => {
  assert.match(complaint('event == "pull_request"')?.[0] ?? '', /never "pull_request".*pullRequest/)
  assert.match(complaint('inputs.place in ["prd"]')?.[0] ?? '', /never "prd".*prod/)
  assert.match(complaint('tier == "2"')?.[0] ?? '', /a number with a text/)
  assert.match(complaint('branch && true')?.[0] ?? '', /branch is a text, and not a question/)
  assert.equal(complaint('[event].all(e, e == "x") || tier > 1 ? branch == "" : false'), undefined)
})

test('what is no CEL is placed, and what is too much is refused', () => {
  assert.deepEqual(complaint('tier > 1 & tier < 3')?.[1], '& tier < 3')
  assert.match(complaint('tier > 1 & tier < 3')?.[0] ?? '', /And is &&/)
  assert.match(complaint('')?.[0] ?? '', /empty/i)
  assert.match(complaint('x'.repeat(1001))?.[0] ?? '', /1001 characters; 1000/)
  assert.match(complaint(`${'('.repeat(21)}1${')'.repeat(21)}`)?.[0] ?? '', /20 brackets/)
  const list = '[1].all(a, [1].all(b, [1].all(c, c == 1)))'
  assert.match(complaint(list)?.[0] ?? '', /too much/)
  assert.match(complaint(`${'1+'.repeat(300)}1 == 1`)?.[0] ?? '', /too much/)
})

test('no text makes reading, checking or answering throw', () => {
  const token = fc.constantFrom(
    ...['event', 'branch', 'inputs', '.', 'place', '(', ')', '[', ']', '{', '}', '"a"', "'", '1'],
    ...['==', '&&', '||', '!', '?', ':', ',', '+', 'in', 'has', 'all', 'x', ' ', '\\', '@', '2.5'],
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 25 }), (tokens) => {
      const read = readExpression(tokens.join(''))
      if ('problem' in read) return
      checkExpression(read.expression, scope)
      read.expression.answer(bindings)
    }),
    { numRuns: 2000 },
  )
})

function filled(text: string): string {
  const read = readText(text)
  if ('problem' in read) return read.problem.message
  const done = fill(read.text, bindings)
  return 'filled' in done ? done.filled : done.problem
}

test('text holds expressions, and the mark itself when it is doubled', () => {
  assert.equal(filled('on ${{ branch }} of ${{tier}}'), 'on main of 2')
  assert.equal(filled('$${{ branch }}'), '${{ branch }}')
  assert.equal(filled("${{ {'a': {'b': branch}}.a.b }}"), 'main')
  assert.equal(filled('${{ "}}" + branch }}'), '}}main')
  assert.match(filled('${{ branch'), /never closed/)
  assert.match(filled('${{ [1] }}'), /no text, number or truth/)
  const read = readText('say ${{ branch }}')
  assert.deepEqual('text' in read ? holesOf(read.text).map(({ offset }) => offset) : [], [8])
})

test('a value that looks like an expression is only a value', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const branch = `\${{ inputs.dry }}${name}`
      const read = readText('${{ branch }}')
      const done = 'text' in read ? fill(read.text, { branch }) : undefined
      assert.deepEqual(done, { filled: branch })
    }),
  )
})
