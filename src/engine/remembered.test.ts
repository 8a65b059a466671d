import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer, Statement } from './batch.ts'
import { Remembered } from './remembered.ts'
import type { DomainEvent } from './store.ts'

interface Added extends DomainEvent {
  readonly n: number
}

const sum = { initial: 0, evolve: (state: number, { n }: Added) => state + n }
const added = (n: number): Added => ({ type: 'added', at: 0, by: 'ana', n })

/** A stream of one database, and how many rows each question was answered with. */
function setUp() {
  const remembered = new Remembered()
  const rows: { data: Added; version: number; pos: number }[] = []
  const read: number[] = []
  let pos = 0
  const ask = async ({ values = [] }: Statement) => {
    const found = rows.filter(({ version }) => version >= Number(values[1]))
    read.push(found.length)
    return { rows: found } as unknown as Answer
  }
  const append = (n: number) => rows.push({ data: added(n), version: rows.length + 1, pos: ++pos })
  const load = async (by = sum, isKept = true) => {
    const looking = remembered.look('sum-1', by, isKept)
    return looking.fold(await ask(looking.statement), ask)
  }
  return { append, load, rows, read }
}

describe('a remembered stream', () => {
  it('is read to its end, of which only what is new', async () => {
    const { append, load, read } = setUp()
    assert.deepEqual(await load(), { state: 0, version: 0 })
    for (let n = 1; n <= 10; n++) append(n)
    assert.deepEqual(await load(), { state: 55, version: 10 })
    append(5)
    const { state, version } = await load()
    assert.deepEqual([state, version], [60, 11])
    // The last known one is read again: it tells that it is still the same stream.
    assert.deepEqual(read, [0, 10, 2])
  })

  it('is forgotten when it was put back and went another way', async () => {
    const { append, load, rows } = setUp()
    for (let n = 1; n <= 3; n++) append(n)
    await load()
    rows.splice(1)
    assert.deepEqual(await load(), { state: 1, version: 1 })
    append(7)
    append(8)
    assert.deepEqual(await load(), { state: 16, version: 3 })
    rows.splice(2)
    append(9)
    assert.deepEqual(await load(), { state: 17, version: 3 })
    rows.splice(0)
    assert.deepEqual(await load(), { state: 0, version: 0 })
  })

  it('of what may never have happened is not kept', async () => {
    const { append, load, rows, read } = setUp()
    append(1)
    await load()
    append(2)
    assert.equal((await load(sum, false)).state, 3)
    rows.splice(1)
    assert.deepEqual(await load(), { state: 1, version: 1 })
    assert.deepEqual(read, [1, 2, 1])
  })

  it('is folded anew for somebody who folds it otherwise', async () => {
    const { append, load } = setUp()
    append(2)
    await load()
    const other = { ...sum, initial: 10 }
    assert.deepEqual(await load(other), { state: 12, version: 1 })
  })
})
