import assert from 'node:assert/strict'
import { it } from 'node:test'
import { choices, nextChoice } from './choices.ts'
import { PAGES } from './pages.ts'

const digest = { kind: 'artifact', id: 'sha256:0f', title: 'shop', detail: '' } as const

it('offers every page before anything was typed', () => {
  assert.equal(choices('', []).length, PAGES.length)
})
it('gives what was found its address, whatever is in its id', () => {
  assert.deepEqual(
    choices('sha256:0f', [digest]).map(({ href }) => href),
    ['/artifacts/sha256%3A0f'],
  )
})
it('offers pages by how their names begin', () => {
  assert.deepEqual(
    choices('serv', []).map(({ title }) => title),
    ['Services'],
  )
})
it('goes round at the ends', () => {
  assert.equal(nextChoice('ArrowDown', 2, 3), 0)
  assert.equal(nextChoice('ArrowUp', 0, 3), 2)
  assert.equal(nextChoice('ArrowUp', 0, 0), 0)
  assert.equal(nextChoice('x', 0, 3), undefined)
})
