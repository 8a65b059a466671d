import assert from 'node:assert/strict'
import { it } from 'node:test'
import { PAGES, sectionOf } from './pages.ts'

it('nine are what people come for', () => {
  assert.equal(PAGES.filter(({ under }) => under === undefined).length, 9)
})
it('whatever is open, one knows under which of them it lies', () => {
  assert.equal(sectionOf('/'), '/')
  assert.equal(sectionOf('/runs/run_1'), '/runs')
  assert.equal(sectionOf('/flaky'), '/runs')
  assert.equal(sectionOf('/trains/weekly'), '/releases')
  assert.equal(sectionOf('/nowhere'), undefined)
  for (const { to, under } of PAGES) assert.equal(sectionOf(to), under ?? to)
})
