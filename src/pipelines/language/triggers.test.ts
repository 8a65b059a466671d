import assert from 'node:assert/strict'
import test from 'node:test'
import { inputsOf } from './inputs.ts'
import { type PipelineSpec, pipelineSpec } from './manifest.ts'
import { planPipeline } from './plan.ts'
import { startsByHand, startsOnPullRequest, startsOnPush } from './triggers.ts'

const on = (written: PipelineSpec['on']): PipelineSpec =>
  pipelineSpec.parse({ on: written, jobs: { a: { run: 'true' } } })
const pushed = (written: PipelineSpec['on'], branch: string, ...paths: string[]) =>
  startsOnPush(on(written), { branch, paths })

test('without `on` a pipeline runs on pushes and by hand', () => {
  assert.ok(pushed(undefined, 'main', 'a') && startsByHand(on(undefined)))
  assert.ok(!startsOnPullRequest(on(undefined), 'main'))
  assert.ok(!pushed({ manual: {} }, 'main', 'a') && !startsByHand(on({ push: {} })))
})

test('a push is told by its branch and its paths', () => {
  const branches = (...list: string[]) => ({ push: { branches: list } })
  assert.ok(pushed(branches('main'), 'main', 'a'))
  assert.ok(!pushed(branches('main'), 'main/x', 'a'))
  assert.ok(pushed(branches('release/*'), 'release/1', 'a'))
  assert.ok(!pushed(branches('release/*'), 'release/1/x', 'a'))
  assert.ok(pushed(branches('release/**'), 'release/1/x', 'a'))
  assert.ok(!pushed(branches('*', '!main'), 'main', 'a'))
  const paths = { push: { paths: ['src/**', '!src/docs/**'] } }
  assert.ok(pushed(paths, 'main', 'README.md', 'src/x'))
  assert.ok(!pushed(paths, 'main', 'src/docs/x'))
  assert.ok(startsOnPush(on(paths), { branch: 'main', paths: 'unknown' }))
})

const declared = on({
  manual: {
    inputs: {
      place: { type: 'choice', options: ['stage', 'prod'], required: true },
      dry: { type: 'boolean', default: true },
      count: { type: 'number' },
      note: { type: 'string', default: 'none' },
    },
  },
})

test('inputs are read as their type, and what was not given is filled in', () => {
  assert.deepEqual(inputsOf(declared, { place: 'prod', dry: 'false', count: '3' }), {
    inputs: { place: 'prod', dry: false, count: 3, note: 'none' },
  })
  assert.deepEqual(inputsOf(declared, undefined), {
    inputs: { place: 'stage', dry: true, count: 0, note: 'none' },
  })
})

test('an input that is missing, unknown or wrong is refused with what would do', () => {
  const said = (given: Record<string, string>) => JSON.stringify(inputsOf(declared, given))
  assert.match(said({}), /place is missing.*--input place=<stage \| prod>/)
  assert.match(said({ plac: 'prod' }), /no input plac\..*Did you mean place/)
  assert.match(said({ place: 'prdo' }), /cannot be.*Did you mean prod/)
  assert.match(said({ place: 'prod', count: 'many' }), /count is a number/)
  assert.match(JSON.stringify(inputsOf(on(undefined), { x: '1' })), /declares none/)
})

test('inputs that contradict themselves are refused when the pipeline is planned', () => {
  const remedy = (input: object) => {
    const planned = planPipeline(on({ manual: { inputs: { x: input as never } } }))
    return 'problems' in planned ? planned.problems[0]?.message : 'planned'
  }
  assert.match(remedy({ type: 'choice' }) ?? '', /choice of nothing/)
  assert.match(remedy({ type: 'string', options: ['a'] }) ?? '', /no choice/)
  assert.match(remedy({ type: 'number', default: 'a' }) ?? '', /x is a number/)
  assert.match(remedy({ type: 'choice', options: ['a'], default: 'b' }) ?? '', /cannot be/)
})
