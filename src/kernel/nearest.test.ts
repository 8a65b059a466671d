import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { nearest } from './nearest.ts'

test('a misspelt word finds the one it resembles, whatever its case', () => {
  assert.equal(nearest('replicsa', ['replicas', 'argv']), 'replicas')
  assert.equal(nearest('REPLICAS', ['argv', 'replicas']), 'replicas')
  assert.equal(nearest('prdo', ['dev', 'prod', 'staging']), 'prod')
})

test('of several the closest is offered, and the first of equals', () => {
  assert.equal(nearest('tests', ['rests', 'test', 'nests']), 'rests')
  assert.equal(nearest('depoly', ['employ', 'deploy']), 'deploy')
})

test('nothing close is no suggestion, nor is a word without a letter in common', () => {
  assert.equal(nearest('kubernetes', ['process', 'tarball']), undefined)
  assert.equal(nearest('x', ['ab', 'cd']), undefined)
  assert.equal(nearest('', ['ab']), undefined)
  assert.equal(nearest('anything', []), undefined)
})

test('a known word is always its own nearest', () => {
  const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 })
  fc.assert(
    fc.property(words, fc.nat(), (known, n) => {
      const word = known[n % known.length] ?? ''
      assert.equal(nearest(word, known), word)
    }),
  )
})

test('a hostile word of a million letters is given up at once', () => {
  assert.equal(nearest('a'.repeat(1_000_000), ['replicas', 'a'.repeat(60)]), undefined)
})
