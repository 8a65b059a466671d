import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

const SOURCES = new URL('../', import.meta.url)
const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !name.includes('.test.'),
)
/** Whole statements that reach into the server's sources. */
const REACHES = /^(?:import|export)\b[^;]*?from '(?:\.\.\/)+src\/[^']+'/gm

it('takes types of the server, through its questions alone, and no code', () => {
  const reaching = files.flatMap((name) =>
    [...readFileSync(new URL(name, SOURCES), 'utf8').matchAll(REACHES)].map(([statement]) => ({
      name,
      last: statement.slice(
        Math.max(statement.lastIndexOf('\nimport '), statement.lastIndexOf('\nexport ')) + 1,
      ),
    })),
  )
  assert.ok(reaching.length > 10)
  for (const { name, last } of reaching) {
    assert.ok(name.startsWith('api/'), `${name} reaches past api/`)
    assert.match(last, /^(import|export) type /, name)
  }
})
