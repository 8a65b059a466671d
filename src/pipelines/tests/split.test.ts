import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import fc from 'fast-check'
import { isRejection } from '#kernel/decider.ts'
import { given } from '../../../test/support/given.ts'
import type { SplitEvent, TimedFile } from '../events/splits.ts'
import { timedFiles } from './file-times.ts'
import {
  dealt,
  FILES_MAX,
  openFiles,
  portion,
  type Split,
  split,
  type SplitCommand,
} from './split.ts'

const who = { at: 1, by: 'r' }
const file = (name: string, ms: number): TimedFile => ({ file: name, ms })
const FILES = [file('a', 8), file('b', 4), file('c', 2), file('d', 1)]
type Take = Extract<SplitCommand, { type: 'split.take' }>
const take = (lease: string, more: Partial<Take> = {}): Take => ({
  type: 'split.take',
  ...who,
  lease,
  files: FILES,
  shards: 2,
  isDone: false,
  dead: [],
  ...more,
})
const opened: SplitEvent = { type: 'split.opened', ...who, files: FILES, shards: 2 }
const handed = (lease: string, ...files: string[]): SplitEvent => ({
  type: 'split.handed',
  ...who,
  lease,
  files,
})
const done = (lease: string): SplitEvent => ({ type: 'split.done', ...who, lease })
const returned = (lease: string): SplitEvent => ({ type: 'split.returned', ...who, lease })

describe('handing out tests', () => {
  test('the first to ask opens the queue, and gets the largest', () => {
    given(split).when(take('l1')).then(opened, handed('l1', 'a'))
    given(split, opened, handed('l1', 'a')).when(take('l2')).then(handed('l2', 'b'))
  })
  test('asked again without having done it, the same portion stands', () => {
    given(split, opened, handed('l1', 'a')).when(take('l1')).then()
  })
  test('what is done makes room for more, until there is none', () => {
    const all = [opened, handed('l1', 'a'), handed('l2', 'b'), done('l2'), handed('l2', 'c', 'd')]
    given(split, ...all)
      .when(take('l1', { isDone: true }))
      .then(done('l1'))
  })
  test('what a dead shard held is taken by the next who asks', () => {
    given(split, opened, handed('l1', 'a'))
      .when(take('l2', { dead: ['l1', 'nobody'] }))
      .then(returned('l1'), handed('l2', 'a'))
  })
  test('what a dead shard had done is done again: nobody will tell how it went', () => {
    given(split, opened, handed('l1', 'a'), done('l1'), handed('l1', 'b'))
      .when(take('l2', { dead: ['l1'] }))
      .then(returned('l1'), handed('l2', 'a'))
  })
  test('too many files, or one twice, is refused', () => {
    const many = Array.from({ length: FILES_MAX + 1 }, (_, i) => file(`t${i}`, 1))
    given(split)
      .when(take('l1', { files: many }))
      .thenRejected('split.too-many-files')
    given(split)
      .when(take('l1', { files: [file('a', 1), file('a', 2)] }))
      .thenRejected('split.twice')
  })
})

const lengths = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 7 })
const shards = fc.integer({ min: 1, max: 3 })
const filesOf = (all: readonly number[]) => all.map((ms, i) => file(`f${i}`, ms))

/** The shards work as fast as the files say, each asking when it is done; who dies is chance. */
function simulate(files: readonly TimedFile[], count: number, dies: (turn: number) => boolean) {
  let state: Split = split.initial
  /** By lease: what a dead one found out has died with it. */
  const told = new Map<string, string[]>()
  const dead: string[] = []
  const free = Array.from({ length: count }, (_, i) => ({ at: 0, lease: `l${i}` }))
  const ask = (lease: string, isDone: boolean): readonly string[] => {
    const answer = split.decide(take(lease, { files, shards: count, isDone, dead }), state)
    assert.ok(!isRejection(answer))
    state = answer.reduce((s, event) => split.evolve(s, event), state)
    return (state.held.get(lease) ?? []).map((each) => each.file)
  }
  const ms = new Map(files.map((each) => [each.file, each.ms]))
  const holds = new Set<string>()
  let end = 0
  for (let turn = 0; free.length > 0; turn++) {
    free.sort((a, b) => a.at - b.at)
    const [shard] = free
    if (shard === undefined) break
    const portion = ask(shard.lease, holds.has(shard.lease))
    holds.delete(shard.lease)
    if (portion.length === 0) {
      free.shift()
      continue
    }
    for (const [lease, held] of state.held)
      for (const other of held)
        assert.ok(lease === shard.lease || !portion.includes(other.file), 'held twice')
    if (turn < 50 && dies(turn)) {
      // Another runner goes on with its job, under a new lease.
      dead.push(shard.lease)
      told.delete(shard.lease)
      shard.lease = `l${turn}.again`
      continue
    }
    holds.add(shard.lease)
    told.set(shard.lease, [...(told.get(shard.lease) ?? []), ...portion])
    shard.at += portion.reduce((all, name) => all + (ms.get(name) ?? 0), 0)
    end = Math.max(end, shard.at)
  }
  return { ran: [...told.values()].flat(), end, left: openFiles(state) }
}

/** The best that anybody could do, by trying everything. */
function best(all: readonly number[], count: number): number {
  const loads = Array.from({ length: count }, () => 0)
  let found = Infinity
  const place = (i: number) => {
    const ms = all[i]
    if (ms === undefined) {
      found = Math.min(found, Math.max(...loads))
      return
    }
    for (let shard = 0; shard < count; shard++) {
      loads[shard] = (loads[shard] ?? 0) + ms
      if (Math.max(...loads) < found) place(i + 1)
      loads[shard] = (loads[shard] ?? 0) - ms
    }
  }
  place(0)
  return found
}

describe('laws of splitting', () => {
  test('every file runs exactly once', () => {
    fc.assert(
      fc.property(lengths, shards, (all, count) => {
        const { ran, left } = simulate(filesOf(all), count, () => false)
        assert.deepEqual(
          ran.toSorted(),
          filesOf(all)
            .map((each) => each.file)
            .toSorted(),
        )
        assert.equal(left, 0)
      }),
    )
  })
  test('whoever dies, every file is told of exactly once', () => {
    fc.assert(
      fc.property(lengths, shards, fc.infiniteStream(fc.boolean()), (all, count, dice) => {
        const { ran, left } = simulate(filesOf(all), count, () => dice.next().value ?? false)
        assert.deepEqual(
          ran.toSorted(),
          filesOf(all)
            .map((each) => each.file)
            .toSorted(),
        )
        assert.equal(left, 0)
      }),
    )
  })
  test('the end is at most 4/3 of the best there is', () => {
    fc.assert(
      fc.property(lengths, shards, (all, count) => {
        const { end } = simulate(filesOf(all), count, () => false)
        assert.ok(end <= (4 / 3) * best(all, count) + 1e-9, `${end} of ${best(all, count)}`)
      }),
      { numRuns: 1_000 },
    )
  })
  test('dealt beforehand nothing is lost, nothing twice, and the bound is the same', () => {
    fc.assert(
      fc.property(lengths, shards, (all, count) => {
        const hands = dealt(filesOf(all), count)
        const names = hands.flat().map((each) => each.file)
        assert.equal(hands.length, count)
        assert.deepEqual(
          names.toSorted(),
          filesOf(all)
            .map((each) => each.file)
            .toSorted(),
        )
        const end = Math.max(...hands.map((hand) => hand.reduce((sum, { ms }) => sum + ms, 0)))
        assert.ok(end <= (4 / 3) * best(all, count) + 1e-9)
      }),
    )
  })
  test('portions shrink, and a portion is never empty while there is work', () => {
    fc.assert(
      fc.property(lengths, shards, (all, count) => {
        const queue = filesOf(all).toSorted((a, b) => b.ms - a.ms)
        const first = portion(queue, count)
        assert.ok(first.length > 0)
        const sum = (files: readonly TimedFile[]) => files.reduce((all, { ms }) => all + ms, 0)
        assert.ok(first.length === 1 || sum(first) <= sum(queue) / (2 * count))
      }),
    )
  })
})

describe('what a file is expected to take', () => {
  test('is what its cases took, however the report names it', () => {
    const times = [
      { file: 'tests.test_cart', ms: 30 },
      { file: 'tests.test_cart.TestCart', ms: 70 },
      { file: 'src/a.test.ts', ms: 5 },
    ]
    assert.deepEqual(timedFiles(['tests/test_cart.py', 'src/a.test.ts'], times), [
      { file: 'tests/test_cart.py', ms: 100 },
      { file: 'src/a.test.ts', ms: 5 },
    ])
  })
  test('is that of one in the middle when nobody knows it, and equal when none is known', () => {
    const times = [1, 7, 9].map((ms, i) => ({ file: `${i}.ts`, ms }))
    assert.deepEqual(timedFiles(['0.ts', '1.ts', '2.ts', 'new.ts'], times).at(-1)?.ms, 7)
    assert.deepEqual(
      timedFiles(['x.ts', 'y.ts'], []).map(({ ms }) => ms),
      [1_000, 1_000],
    )
  })
})
