import assert from 'node:assert/strict'
import { it } from 'node:test'
import { layOut } from './layers.ts'

const node = (name: string, ...needs: string[]) => ({ name, needs })

it('puts each job behind the last one it needs', () => {
  const placed = layOut([node('a'), node('b', 'a'), node('c'), node('d', 'b', 'c')])
  assert.deepEqual(
    placed.map(({ name, column, row }) => [name, column, row]),
    [
      ['a', 0, 0],
      ['b', 1, 0],
      ['c', 0, 1],
      ['d', 2, 0],
    ],
  )
})
it('keeps the row free that a long line runs in', () => {
  const placed = layOut([
    node('scan'),
    node('install'),
    node('lint', 'install'),
    node('test', 'install'),
    node('package', 'scan', 'lint', 'test'),
  ])
  const at = (name: string) => placed.find((each) => each.name === name)
  assert.deepEqual([at('lint')?.row, at('test')?.row, at('scan')?.row], [0, 1, 2])
})
it('ends even on a cycle', () => {
  assert.equal(layOut([node('a', 'b'), node('b', 'a')]).length, 2)
})
