/**
 * The house rules that no linter knows, checked in one pass over src/. A rule belongs here rather than in a
 * review comment. After tigerbeetle's src/tidy.zig. Banned words come from docs/GLOSSARY.md itself.
 */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import ts from 'typescript'

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70
const LINE_COLUMNS_MAX = 100
const SHELL = /\/(views|queries|reconcilers|ports|routes)[/.]/
/** These speak the words of a vendor, or of a format that others defined. */
const FOREIGN_TONGUE = /^src\/(connectors\/|runner\/cyclonedx\.|pipelines\/generators\/)/
/** Pages and programs that are handed to others, as they are to be read there. */
const TEXTS = /^src\/evidence\/bundle\/texts\//
const CORE = /^src\/(?!engine|connectors|http|cli|runner|local|demo|witness)[a-z]+\//

type Ban = readonly [what: RegExp, instead: string]
const BANNED: readonly Ban[] = [
  [/\bprocess\.env\b/, 'config.ts reads the environment; take a typed config'],
  [/\bconsole\.\w+\(/, 'use the logger'],
  [/\b(FIXME|XXX)\b/, 'mend it before it lands'],
  [/\bexport default\b/, 'export by name'],
  [/@ts-(ignore|nocheck)/, '@ts-expect-error with the reason'],
]
const BANNED_IN_CORE: readonly Ban[] = [
  [/\bDate\.now\(|\bnew Date\(\)/, 'the command carries its instant'],
  [/\bMath\.random\(|\brandomUUID\b/, 'the command carries its ids'],
  [/\b(async|await|fetch|setTimeout)\b/, 'a decider is a plain function'],
  [/\bthrow\b/, 'return a rejection; assert the impossible'],
]
const glossary = readFileSync('docs/GLOSSARY.md', 'utf8')
  .split('\n')
  .filter((row) => row.startsWith('| **'))
const synonyms = new Map(
  glossary.flatMap((row) => {
    const [, word = '', , avoided = ''] = row.split('|')
    return [...avoided.matchAll(/`([a-z]+)`/g)].map(
      (m) => [m[1] ?? '', word.replaceAll('*', '').trim()] as const,
    )
  }),
)

function* functionsOf(file: ts.SourceFile): Generator<{ line: number; lines: number }> {
  const stack: ts.Node[] = [file]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isFunctionLike(node)) {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1
      yield { line, lines: file.getLineAndCharacterOfPosition(node.end).line + 2 - line }
    }
    ts.forEachChild(node, (child) => {
      stack.push(child)
    })
  }
}

function complaintsOf(path: string, text: string): string[] {
  const found: string[] = []
  const say = (line: number, what: string) => {
    found.push(`${path}:${line}: ${what}`)
  }
  const isTest = path.endsWith('.test.ts')
  const isCore = CORE.test(path) && !SHELL.test(path) && !isTest
  const bans =
    path === 'src/main.ts' || path === 'src/config.ts'
      ? []
      : isCore
        ? [...BANNED, ...BANNED_IN_CORE]
        : BANNED
  const lines = text.split('\n')
  if (lines.length > FILE_LINES_MAX) say(FILE_LINES_MAX, `file exceeds ${FILE_LINES_MAX} lines`)
  for (const [i, line] of lines.entries()) {
    if (line.length > LINE_COLUMNS_MAX && !line.includes('http') && !TEXTS.test(path))
      say(i + 1, `line exceeds ${LINE_COLUMNS_MAX} columns`)
    for (const [what, instead] of bans)
      if (what.test(line)) say(i + 1, `${what.exec(line)?.[0]} is banned: ${instead}`)
    if (FOREIGN_TONGUE.test(path) || TEXTS.test(path)) continue
    // An address is what its owner calls it.
    for (const [word] of line.replaceAll(/https?:\S+/g, '').matchAll(/[A-Z]?[a-z]+/g)) {
      const said = synonyms.get(word.toLowerCase())
      if (said) say(i + 1, `we do not say ${word}: ${said}`)
    }
  }
  if (isTest) return found
  for (const f of functionsOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)))
    if (f.lines > FUNCTION_LINES_MAX) say(f.line, `function exceeds ${FUNCTION_LINES_MAX} lines`)
  return found
}

test('every source file is tidy', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => `src/${f}`)
  assert.deepEqual(
    files.flatMap((path) => complaintsOf(path, readFileSync(path, 'utf8'))),
    [],
  )
})

test('tidy complains', () => {
  const complaints = (path: string, text: string) =>
    complaintsOf(path, text).map((c) => c.slice(path.length + 1))
  assert.deepEqual(complaints('src/releases/x.ts', 'const blackoutStart = Date.now()'), [
    '1: Date.now( is banned: the command carries its instant',
    '1: we do not say blackout: freeze',
  ])
  assert.deepEqual(complaints('src/connectors/kargo/x.ts', 'const freight = 1'), [])
  assert.deepEqual(complaints('src/releases/views.ts', 'await load()'), [])
  assert.equal(complaints('src/engine/x.ts', `function f() {\n${'\n'.repeat(80)}}`).length, 1)
})
