import assert from 'node:assert/strict'
import test from 'node:test'
import { z } from 'zod'
import { readManifests } from './manifest.ts'

const thing = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Thing'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    replicas: z.int().max(9).default(2),
    env: z.record(z.string().regex(/^[A-Z]+$/), z.string()).default({}),
    parts: z.array(z.strictObject({ size: z.int() })).optional(),
  }),
})
const read = (text: string) => readManifests('a.yaml', text, { Thing: thing })
const head = 'apiVersion: signalbox.dev/v1\nkind: Thing\nmetadata: {name: a}\n'
const problemsOf = (text: string) =>
  read(text).problems.map(({ code, line, column, message, remedy }) => ({
    code,
    at: `${line}:${column}`,
    message,
    remedy,
  }))
const codes = (text: string) => read(text).problems.map(({ code }) => code)

test('a manifest comes out as its schema made it, with its places', () => {
  const { manifests, problems } = read(`${head}spec:\n  parts:\n    - size: 1\n    - size: 2\n`)
  assert.deepEqual(problems, [])
  const [one] = manifests
  assert.deepEqual([one?.kind, one?.name], ['Thing', 'a'])
  assert.equal((one?.value as z.infer<typeof thing> | undefined)?.spec.replicas, 2)
  const place = one?.place(['spec', 'parts', 1, 'size'])
  assert.deepEqual(place, { file: 'a.yaml', line: 7, column: 13 })
  // What is not there is placed at the nearest thing that is.
  assert.equal(one?.place(['spec', 'nowhere', 0])?.line, 5)
})

test('an unknown key is named with its place and the key it resembles', () => {
  assert.deepEqual(problemsOf(`${head}spec:\n  replicsa: 3\n`), [
    {
      code: 'manifest.unknown-key',
      at: '5:3',
      message: 'Unknown key spec.replicsa.',
      remedy: 'Did you mean replicas?',
    },
  ])
  const [deep] = problemsOf(`${head}spec:\n  parts:\n    - size: 1\n      colour: red\n`)
  assert.equal(deep?.message, 'Unknown key spec.parts.0.colour.')
  assert.equal(deep?.remedy, 'Known here: size.')
  assert.equal(deep?.at, '7:7')
})

test('what is missing is called so, and where its kind is described', () => {
  const [problem] = problemsOf(`${head}spec:\n  parts:\n    - {}\n`)
  assert.equal(problem?.message, 'spec.parts.0.size is missing; it is a number.')
  assert.match(problem?.remedy ?? '', /schemas\/thing\.json/)
  assert.equal(problem?.at, '6:7')
})

test('a wrong value is named with its place', () => {
  const problems = problemsOf(`${head}spec:\n  replicas: many\n  env:\n    low: x\n`)
  assert.deepEqual(
    problems.map(({ code, at }) => [code, at]),
    [
      ['manifest.wrong-value', '5:13'],
      ['manifest.wrong-value', '7:10'],
    ],
  )
  assert.match(problems[0]?.message ?? '', /^spec\.replicas: .*number/)
})

test('an unknown kind and a foreign apiVersion are refused', () => {
  const [kind] = problemsOf('apiVersion: signalbox.dev/v1\nkind: Thimg\n')
  assert.deepEqual(
    [kind?.code, kind?.at, kind?.remedy],
    ['manifest.unknown-kind', '2:7', 'Did you mean Thing?'],
  )
  assert.deepEqual(codes('apiVersion: signalbox.dev/v1\nkind: constructor\n'), [
    'manifest.unknown-kind',
  ])
  const [version] = problemsOf('apiVersion: v1\nkind: Thing\n')
  assert.match(version?.remedy ?? '', /signalbox\.dev\/v1/)
  assert.deepEqual(codes('- a list\n'), ['manifest.wrong-value'])
  assert.deepEqual(codes('just words\n'), ['manifest.wrong-value'])
})

test('YAML that is none says where', () => {
  const problems = problemsOf(`${head}spec: {replicas: 1\n`)
  assert.equal(problems[0]?.code, 'manifest.syntax')
  assert.equal(problems[0]?.at, '5:1')
  const [twice] = problemsOf(`${head}spec: {}\nspec: {}\n`)
  assert.deepEqual([twice?.at, twice?.message], ['5:1', 'The key spec stands here twice.'])
  const [odd] = problemsOf(`${head}? {a: 1}\n: 2\n`)
  assert.equal(odd?.message, 'A key is not a word.')
})

test('several documents are read, and one that is wrong does not hide the others', () => {
  const other = head.replace('name: a', 'name: b')
  const text = `${head}spec: {}\n---\nkind: Thing\n---\n${other}spec: {}\n---\n`
  const { manifests, problems } = read(text)
  assert.deepEqual(
    manifests.map(({ name }) => name),
    ['a', 'b'],
  )
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [['manifest.wrong-value', 6]],
  )
  assert.deepEqual(read(''), { manifests: [], problems: [] })
})

test('aliases that multiply are refused before they do', () => {
  const levels = Array.from({ length: 12 }, (_, i) =>
    i === 0 ? 'l0: &l0 [x,x,x,x,x,x,x,x,x]' : `l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}]`,
  )
  const [problem, ...more] = problemsOf(`${head}${levels.join('\n')}\n`)
  assert.deepEqual(
    [problem?.code, problem?.remedy],
    ['manifest.syntax', 'Use fewer aliases, or none.'],
  )
  assert.deepEqual(more, [])
})

test('nesting that is deeper than any manifest is a problem, not a crash', () => {
  for (const text of ['['.repeat(20_000), `${head}spec: ${'- '.repeat(5_000)}`, '? '.repeat(500)])
    assert.equal(read(text).problems[0]?.code, 'manifest.syntax')
})

test('too much is refused: bytes, documents', () => {
  assert.deepEqual(codes(`# ${'x'.repeat(1024 * 1024)}`), ['manifest.too-large'])
  assert.deepEqual(codes('a: 1\n---\n'.repeat(501)), ['manifest.too-large'])
})

test('a file full of mistakes says the first fifty, in short words', () => {
  const keys = Array.from({ length: 4_000 }, (_, i) => `  bad${i}: 1`).join('\n')
  assert.equal(read(`${head}spec:\n${keys}\n`).problems.length, 50)
  const values = Array.from({ length: 4_000 }, (_, i) => `    lo${i}: a`).join('\n')
  assert.equal(read(`${head}spec:\n  env:\n${values}\n`).problems.length, 50)
  const [long] = problemsOf(`${head}spec:\n  ? ${'k'.repeat(900_000)}\n  : 1\n`)
  assert.ok((long?.message.length ?? Infinity) <= 500)
})

test('a key called __proto__ is as unknown as any other', () => {
  assert.deepEqual(codes(`${head}spec:\n  __proto__: {replicas: 1}\n`), ['manifest.unknown-key'])
})
