/** Each mistake that docs/pipeline-laws.md names is shown not to be made by tests that exist. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

const ROWS_MIN = 24
/** A row that no test can tell, and what does instead. */
const MEASURED = new Map([
  ['a shell or npm for every job that needs none', '`npm run bench -- pipeline`'],
])

interface Row {
  readonly mistake: string
  readonly answer: string
}

const rows: Row[] = readFileSync('docs/pipeline-laws.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .slice(1)
  .map((line) => {
    const [, mistake = '', answer = ''] = line.split(/\s*\|\s*/)
    return { mistake, answer }
  })

/** `[file](path): the names of its tests; law: another` until the next file. */
function named(answer: string): { readonly file: string; readonly names: readonly string[] }[] {
  const parts = answer.split(/\[[^\]]+\]\(([^)]+)\)/).slice(1)
  return parts.flatMap((file, i) => {
    if (i % 2 === 1) return []
    const said = (parts[i + 1] ?? '').replace(/^: /, '').replace(/[;, ]+$/, '')
    return [{ file: join('docs', file), names: said.startsWith(', by') ? [] : said.split('; ') }]
  })
}

/** Names with what varies in them as a gap: `runs after …, and knows it`. */
function isNamed(text: string, name: string): boolean {
  const plain = (part: string) =>
    part
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
      .toLowerCase()
  const titles = [...text.matchAll(/(?:test|it|its)\(\s*(['"`])([^]*?)\1,/g)].map(([, , t = '']) =>
    plain(t.replaceAll(/\$\{[^}]*\}/g, ' ')),
  )
  const pieces = name.split('…').map(plain).filter(Boolean)
  return titles.some((title) => pieces.every((piece) => title.includes(piece)))
}

test('the table has all that simple pipelines get wrong', () => {
  assert.ok(rows.length >= ROWS_MIN, `${rows.length} rows`)
})

for (const { mistake, answer } of rows)
  test(`shown not to happen: ${mistake}`, () => {
    const measured = MEASURED.get(mistake)
    if (measured !== undefined) {
      assert.ok(answer.includes(measured), answer)
      return
    }
    const shown = named(answer)
    assert.ok(shown.length > 0, 'it names no test')
    for (const { file, names } of shown) {
      const text = readFileSync(file, 'utf8')
      for (const name of names)
        if (name !== '') assert.ok(isNamed(text, name), `${file} has no test '${name}'`)
    }
  })
