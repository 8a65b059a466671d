import assert from 'node:assert/strict'
import { it } from 'node:test'
import { behindInWords } from './behind.ts'

const release = (version: string, ...vetoes: string[]) => ({
  release: `rel_${version}`,
  version,
  vetoes,
})
const line = [release('1.3.0'), release('1.2.0', 'prod'), release('1.1.0'), release('1.0.0')]
const said = (of: string, environment = 'prod') =>
  behindInWords(`rel_${of}`, line, environment)?.text

it('counts what is newer, without what was vetoed there', () => {
  assert.equal(said('1.3.0'), 'the newest there is')
  assert.equal(said('1.1.0'), '1 release behind 1.3.0')
  assert.equal(said('1.1.0', 'staging'), '2 releases behind 1.3.0')
})
it('is content when all that is newer is bad', () => {
  assert.equal(behindInWords('rel_1', [release('2', '*'), release('1')], 'dev')?.tone, 'good')
})
it('says nothing of a release that it does not know', () => {
  assert.equal(said('0.9.0'), undefined)
})
