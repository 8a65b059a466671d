import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { PipelineSpec } from '../language/manifest.ts'
import { adoptionOf, type Rider } from './adoption.ts'
import { changesBetween, proposalOf } from './change.ts'

const rider = (service: string, template?: string, tier = 2): Rider => ({
  service,
  owner: 'team',
  tier,
  template,
})
const SERVED = ['road/node@1', 'road/node@2', 'road/go@1']

test('numbers, who is behind, who goes an own way, and who is pinned to what is gone', () => {
  const all = [
    rider('a', 'road/node@2'),
    rider('b', 'road/node@1'),
    rider('c'),
    rider('d', 'road/perl@1'),
  ]
  assert.deepEqual(adoptionOf(SERVED, all), {
    services: 4,
    onRoad: 2,
    share: 0.5,
    templates: [
      {
        name: 'road/node',
        newest: 2,
        services: 2,
        versions: [
          { version: 2, behind: 0, services: ['a'] },
          { version: 1, behind: 1, services: ['b'] },
        ],
      },
      { name: 'road/go', newest: 1, services: 0, versions: [] },
    ],
    ownWay: ['c'],
    lost: [{ service: 'd', template: 'road/perl@1' }],
    drift: [
      {
        ...{ service: 'b', owner: 'team', template: 'road/node@1' },
        ...{ newest: 'road/node@2', behind: 1, isPinnedBack: false },
      },
    ],
  })
  assert.equal(adoptionOf(SERVED, []).share, 0)
})

test('who had followed a number, and is on an older one, was pinned back', () => {
  const followed = new Map([['b', ['road/node@2']]])
  const { drift } = adoptionOf(SERVED, [rider('b', 'road/node@1')], followed)
  assert.deepEqual(
    drift.map(({ isPinnedBack }) => isPinnedBack),
    [true],
  )
  assert.deepEqual(adoptionOf(SERVED, [rider('b', 'road/node@2')], followed).drift, [])
})

test('every service is counted once', () => {
  const template = fc.constantFrom(...SERVED, 'road/perl@1', undefined)
  fc.assert(
    fc.property(fc.array(template), (templates) => {
      const riders = templates.map((one, i) => rider(`s${i}`, one))
      const { onRoad, ownWay, lost, templates: found } = adoptionOf(SERVED, riders)
      assert.equal(onRoad + ownWay.length + lost.length, riders.length)
      const named = found.flatMap(({ versions }) => versions.flatMap(({ services }) => services))
      assert.equal(new Set(named).size, onRoad)
    }),
  )
})

const job = { run: 'true', needs: [], inputs: ['a'] }
const spec = (jobs: PipelineSpec['jobs'], vars = {}): PipelineSpec => ({ jobs, vars })

test('what could turn a run red is breaking; what only costs time is not', () => {
  const breaks = (after: PipelineSpec) =>
    changesBetween(spec({ a: job }, { x: '1' }), after).some(({ isBreaking }) => isBreaking)
  assert.equal(breaks(spec({ a: job }, { x: '1' })), false)
  assert.equal(breaks(spec({ a: { ...job, inputs: ['a', 'b'] } }, { x: '1' })), false)
  for (const after of [
    spec({ a: job, b: job }, { x: '1' }),
    spec({}, { x: '1' }),
    spec({ a: { ...job, run: 'false' } }, { x: '1' }),
    spec({ a: { ...job, check: 'tests' } }, { x: '1' }),
    spec({ a: job }, { x: '2' }),
    spec({ a: job }),
  ])
    assert.ok(breaks(after), JSON.stringify(after))
})

test('a proposal names those on the old number, the most critical first', () => {
  const riders = [
    rider('b', 'road/node@1', 2),
    rider('a', 'road/node@1', 0),
    rider('c', 'road/node@2', 0),
  ]
  const from = { name: 'road/node@1', pipeline: spec({ a: job }) }
  const to = { name: 'road/node@2', pipeline: spec({ a: { ...job, run: 'false' } }) }
  const proposal = proposalOf(from, to, riders)
  assert.ok(proposal.isBreaking)
  assert.deepEqual(proposal.changes, [{ job: 'a', says: 'run changes', isBreaking: true }])
  assert.deepEqual(
    proposal.affected.map(({ service }) => service),
    ['a', 'b'],
  )
})
