/**
 * Truth tables: a condition is asked of our CEL, and of what each target would be told, over every
 * event, branch and input there is. GitHub is asked by its own evaluator; the others by readers of
 * their small languages that stand here.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import fc from 'fast-check'
import '../../language/expressions/cel.ts'
import { readExpression } from '../../language/expressions/expression.ts'
import type { InputManifest } from '../../language/manifest.ts'
import { WORDS as BUILDKITE } from '../buildkite.ts'
import { WORDS as CIRCLECI } from '../circleci.ts'
import { askingLines, EVENTS, expressionOf, SUBJECTS } from '../github/conditions.ts'
import { WORDS as GITLAB } from '../gitlab.ts'
import type { Lowered } from '../lowered.ts'
import type { Comparison, Condition } from './condition.ts'
import { leavesOf } from './condition.ts'
import { print } from './print.ts'
import { readCondition } from './read.ts'

interface Facts {
  readonly event: 'push' | 'pullRequest' | 'manual'
  readonly branch: string
  /** Of a pull request: what its author calls the branch. */
  readonly head?: string
  readonly inputs: { readonly to: string; readonly dry: boolean }
}

const inputs: Readonly<Record<string, InputManifest>> = {
  to: { type: 'choice', options: ['stage', 'prod'], default: 'stage' },
  dry: { type: 'boolean' },
}
const known = { service: 'shop', tier: 1, vars: { channel: 'beta', count: 3 } }
const DEFAULTS = { to: 'stage', dry: false }

const FACTS: readonly Facts[] = (['push', 'pullRequest', 'manual'] as const).flatMap((event) =>
  ['main', 'Main', 'release/1.2', 'release/x/y', 'a.b$c'].flatMap((branch) =>
    (event === 'manual'
      ? ['stage', 'prod'].flatMap((to) => [true, false].map((dry) => ({ to, dry })))
      : [DEFAULTS]
    ).map((given) =>
      event === 'pullRequest'
        ? { event, branch: 'pull/7', head: branch, inputs: given }
        : { event, branch, inputs: given },
    ),
  ),
)

const CONDITIONS = [
  'branch == "main"',
  'branch != "main"',
  'event == "push" && branch == "main"',
  'event != "pullRequest" || branch.startsWith("release/")',
  '!(event == "push" && (branch == "main" || branch == "Main"))',
  'branch in ["main", "a.b$c"]',
  '!(branch in ["main", "next"])',
  'branch.startsWith("release/") && !branch.endsWith("/y")',
  'branch.contains(".b$")',
  'branch.startsWith("pull/") || branch == "main"',
  '!branch.contains("/")',
  'inputs.to == "prod" && !inputs.dry',
  'inputs.dry || event == "push"',
  '"main" == branch',
  'tier <= 1 && service == "shop" && vars.channel == "beta"',
  'vars.count > 3 || branch == "main"',
  'event.startsWith("pu")',
  'true',
  'false || branch == "main"',
]

const conditionIn = (source: string): Condition => {
  const read = readCondition(source, { known, inputs, hasPullRequests: true })
  assert.ok('condition' in read, source)
  return read.condition
}

function ours(source: string, facts: Facts): boolean {
  const read = readExpression(source)
  assert.ok('expression' in read)
  const vars = { ...known.vars, count: BigInt(known.vars.count) }
  const answer = read.expression.answer({ ...facts, service: 'shop', tier: 1n, vars })
  assert.ok('value' in answer, source)
  return answer.value === true
}

function githubSays(condition: Condition, facts: Facts): boolean {
  const job = { when: condition }
  const lowered = { inputs, jobs: [job] } as unknown as Lowered
  const text = expressionOf(condition, { lowered, needs: [], main: [] })
  assert.ok(text !== undefined)
  const asked = leavesOf(condition).filter((leaf): leaf is Comparison => leaf.kind === 'text')
  const open = [...new Map(asked.map((leaf) => [JSON.stringify(leaf), leaf])).values()].filter(
    ({ of }) => of.is === 'branch',
  )
  const outputs = shellSays(open, githubBranch(facts))
  const given = facts.event === 'manual' ? facts.inputs : {}
  const context = dictionary({
    github: { event_name: EVENTS[facts.event] },
    inputs: given,
    needs: { conditions: { outputs } },
  })
  const { tokens } = new Lexer(text).lex()
  const tree = new Parser(tokens, ['github', 'inputs', 'needs'], []).parse()
  const result = new Evaluator(tree, context).evaluate()
  return result.coerceString() === 'true'
}

/** What the small job is given, by GitHub's own evaluator. */
function githubBranch({ event, branch }: Facts): string {
  const number = Number(/^pull\/(\d+)$/.exec(branch)?.[1] ?? 0)
  const refName = event === 'pullRequest' ? `${number}/merge` : branch
  const github = { event_name: EVENTS[event], ref_name: refName, event: { number } }
  const { tokens } = new Lexer(SUBJECTS.branch).lex()
  const tree = new Parser(tokens, ['github'], []).parse()
  return new Evaluator(tree, dictionary({ github })).evaluate().coerceString()
}

/** The small job of a workflow, run for real; each question once, a process takes its time. */
function shellSays(asked: readonly Comparison[], branch: string): Record<string, string> {
  if (asked.length === 0) return {}
  const key = JSON.stringify([asked, branch])
  const known = answers.get(key) ?? askShell(asked, branch)
  answers.set(key, known)
  return known
}

const answers = new Map<string, Record<string, string>>()

function askShell(asked: readonly Comparison[], branch: string): Record<string, string> {
  const lines = askingLines(asked).map((line) => line.replaceAll('>>"$GITHUB_OUTPUT"', ''))
  const out = execFileSync('/bin/sh', ['-eu', '-c', lines.join('\n')], {
    encoding: 'utf8',
    env: { BRANCH: branch },
  })
  return Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  ) as Record<string, string>
}

type Plain = string | number | boolean | { readonly [key: string]: Plain }

function dictionary(value: { readonly [key: string]: Plain }): data.Dictionary {
  const pair = ([key, one]: [string, Plain]) => ({ key, value: dataOf(one) })
  return new data.Dictionary(...Object.entries(value).map(pair))
}

function dataOf(value: Plain): data.ExpressionData {
  if (typeof value === 'string') return new data.StringData(value)
  if (typeof value === 'boolean') return new data.BooleanData(value)
  return typeof value === 'number' ? new data.NumberData(value) : dictionary(value)
}

/** Reads `a == "b"`, `=~ /c/`, `starts-with`, and/or/not: what the three of them share. */
function says(text: string, valueOf: (name: string) => unknown): boolean {
  const tokens =
    text.match(/"[^"]*"|\/(?:\\.|[^\\/])+\/|[()]|&&|\|\||==|!=|=~|!~|!|[\w$.-]+/g) ?? []
  let at = 0
  const next = () => tokens[at++] ?? ''
  const value = (token: string): unknown => {
    if (token.startsWith('"')) return token.slice(1, -1)
    if (token.startsWith('/')) return new RegExp(token.slice(1, -1))
    return valueOf(token)
  }
  const any = (): boolean => {
    let is = all()
    while (tokens[at] === '||' || tokens[at] === 'or') {
      at++
      const other = all()
      is ||= other
    }
    return is
  }
  const all = (): boolean => {
    let is = single()
    while (tokens[at] === '&&' || tokens[at] === 'and') {
      at++
      const other = single()
      is &&= other
    }
    return is
  }
  const single = (): boolean => {
    const token = next()
    if (token === '!' || token === 'not') return !single()
    if (token === '(') {
      const is = any()
      assert.equal(next(), ')')
      return is
    }
    if (token === 'true' || token === 'false') return token === 'true'
    const left = value(token)
    const operator = next()
    const right = value(next())
    switch (operator) {
      case '==':
        return left === right
      case '!=':
        return left !== right
      case 'starts-with':
        return String(left).startsWith(String(right))
      case '=~':
        return (right as RegExp).test(String(left))
      case '!~':
        return !(right as RegExp).test(String(left))
      default:
        return assert.fail(`${operator} in ${text}`)
    }
  }
  const is = any()
  assert.equal(at, tokens.length, text)
  return is
}

const gitlabSays = (text: string, { event, branch, head, inputs: given }: Facts) =>
  says(text, (name) => {
    const known: Record<string, unknown> = {
      $CI_PIPELINE_SOURCE: { push: 'push', pullRequest: 'merge_request_event', manual: 'web' }[
        event
      ],
      $CI_COMMIT_REF_NAME: head ?? branch,
      $SIGNALBOX_INPUT_to: given.to,
      $SIGNALBOX_INPUT_dry: String(given.dry),
    }
    assert.ok(name in known, name)
    return known[name]
  })

const circleciSays = (text: string, { event, branch, head, inputs: given }: Facts) =>
  says(text, (name) => {
    const known: Record<string, unknown> = {
      'pipeline.event.name': { push: 'push', pullRequest: 'pull_request', manual: '' }[event],
      'pipeline.trigger_source': event === 'manual' ? 'api' : 'webhook',
      'pipeline.git.branch': head ?? branch,
      'pipeline.parameters.to': given.to,
      'pipeline.parameters.dry': given.dry,
      true: true,
      '1': 1,
      '0': 0,
    }
    assert.ok(name in known, name)
    return known[name]
  })

const buildkiteSays = (text: string, { event, branch, head }: Facts) =>
  says(text, (name) => {
    const known: Record<string, unknown> = {
      'build.source': event === 'manual' ? 'ui' : 'webhook',
      'build.pull_request.id': event === 'pullRequest' ? 7 : null,
      'build.branch': head ?? branch,
      null: null,
    }
    assert.ok(name in known, name)
    return known[name]
  })

const TARGETS = [
  { name: 'gitlab', words: GITLAB, says: gitlabSays },
  { name: 'circleci', words: CIRCLECI, says: circleciSays },
  { name: 'buildkite', words: BUILDKITE, says: buildkiteSays },
] as const

function agrees(source: string, facts: Facts): void {
  const condition = conditionIn(source)
  const wanted = ours(source, facts)
  const where = `${source} with ${JSON.stringify(facts)}`
  assert.equal(githubSays(condition, facts), wanted, `github: ${where}`)
  for (const { name, words, says: asked } of TARGETS) {
    const text = print(condition, words)
    if (text !== undefined) assert.equal(asked(text, facts), wanted, `${name}: ${where}: ${text}`)
  }
}

test('every target answers as our CEL does, over the whole truth table', () => {
  for (const source of CONDITIONS) for (const facts of FACTS) agrees(source, facts)
})

test('so do conditions that nobody thought of', () => {
  const leaf = fc.constantFrom(...CONDITIONS.slice(0, 11))
  const condition = fc.letrec<{ of: string }>((tie) => ({
    of: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc
        .tuple(tie('of'), fc.constantFrom('&&', '||'), tie('of'))
        .map(([a, by, b]) => `(${a}) ${by} (${b})`),
      tie('of').map((a) => `!(${a})`),
    ),
  })).of
  fc.assert(
    fc.property(condition, fc.constantFrom(...FACTS), (source, facts) => {
      if (source.length < 900 && 'expression' in readExpression(source)) agrees(source, facts)
    }),
    { numRuns: 60 },
  )
})

test('Main is not main, though GitHub says so', () => {
  const { tokens } = new Lexer("'Main' == 'main'").lex()
  const itself = new Evaluator(new Parser(tokens, [], []).parse(), new data.Dictionary()).evaluate()
  assert.equal(itself.coerceString(), 'true')
  const facts = { event: 'push', branch: 'Main', inputs: DEFAULTS } as const
  assert.equal(githubSays(conditionIn('branch == "main"'), facts), false)
})

test('what no target can be told is refused with its place', () => {
  for (const [source, what] of [
    ['branch == inputs.to', 'a comparison of two things that may vary'],
    ['branch.matches("^a+$")', 'matches()'],
    ['size(branch) > 3', '>'],
    ['branch == "pull/7"', 'which pull request it is,'],
    ['event == "push" ? true : false', 'a choice with ?'],
  ] as const) {
    const read = readCondition(source, { known, inputs, hasPullRequests: true })
    assert.deepEqual('cannot' in read && read.cannot.what, what, source)
  }
  // What a language has no word for is not approximated.
  assert.equal(print(conditionIn('branch.endsWith("x")'), CIRCLECI), undefined)
  assert.equal(print(conditionIn('inputs.to == "prod"'), BUILDKITE), undefined)
  assert.equal(print(conditionIn('branch == "a\\"b"'), GITLAB), undefined)
})
