/** Documents that can drift are compared with what they speak of. `npm run reference` writes them. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { referencePages } from '../tools/reference/pages.ts'

test('the reference pages say what the code says', async () => {
  for (const [path, text] of Object.entries(await referencePages())) {
    assert.ok(existsSync(path), `${path} is missing: npm run reference`)
    assert.equal(readFileSync(path, 'utf8'), text, `${path} is old: npm run reference`)
  }
})

test('every refusal says what to do about it', async () => {
  const { allRefusals } = await import('../tools/reference/pages.ts')
  const silent = allRefusals().filter(({ remedy, code }) => remedy === '' && !isReason(code))
  assert.deepEqual(silent, [])
})

test('a fault that a helper makes is told like any other', async () => {
  const { allRefusals } = await import('../tools/reference/pages.ts')
  const all = allRefusals().filter(({ kind }) => kind === 'fault')
  const told = (code: string, words: RegExp) =>
    assert.ok(
      all.some((each) => each.code === code && words.test(`${each.message} ${each.remedy}`)),
      code,
    )
  // A table of codes, a helper with its words as parameters, codes that a caller names, a choice.
  told('postgres.no-space', /The disk of the database is full\..*Free some space/)
  told('git.refused', /is no clone address\. Give an absolute path/)
  told('files.unusable', /cannot be used/)
  told('registry.no-space', /no space left/)
  told('server.failing', /./)
  const wordless = all.filter(({ message, remedy }) => message === '…' && remedy === '…')
  assert.deepEqual(
    wordless.map(({ code }) => code),
    ['access.no-token'],
  )
})

/** A rule that is met needs no remedy. */
const isReason = (code: string) => /\.(met|none)$/.test(code)

test('every link in the documents leads somewhere', () => {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'AGENTS.md',
    ...globSync('docs/**/*.md'),
  ]
  const dead = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !existsSync(join(dirname(file), link)))
      .map((link) => `${file}: ${link}`),
  )
  assert.deepEqual(dead, [])
})

test('every law keeps a rule that is known, under a title of its own', async () => {
  const { allLaws, RULES } = await import('../tools/reference/laws.ts')
  const laws = allLaws()
  assert.deepEqual(
    laws.filter(({ rule }) => RULES[rule] === undefined),
    [],
  )
  assert.equal(new Set(laws.map(({ title }) => title)).size, laws.length)
  const kept = new Set(laws.map(({ rule }) => rule))
  assert.deepEqual(
    Object.keys(RULES).filter((rule) => !kept.has(rule)),
    [],
  )
})

test('every thread is told by a test that names it, or by the reason why it does not apply', () => {
  const rows = readFileSync('docs/laws.md', 'utf8').match(/^\| \S+(?: |#)[\d.]+.*\|$/gm) ?? []
  assert.ok(rows.length > 50)
  for (const row of rows) {
    const [, thread = '', , how = ''] = row.split('|').map((cell) => cell.trim())
    const [, file] = /\(\.\.\/(src\/rollouts\/threads\/.*)\)/.exec(how) ?? []
    if (file === undefined) {
      assert.match(how, /^(does not apply: |laws? S\d+, \[|\[)/, thread)
      continue
    }
    // Of several threads with one tale each is named by its number.
    const told = readFileSync(file, 'utf8')
    const numbers = thread.match(/#\d+|\d+\.\d+/g) ?? []
    assert.ok(
      numbers.some((number) => told.includes(number)),
      `${file} names none of ${thread}`,
    )
  }
})
