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
