import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { JobSpec } from '../pipelines/events.ts'
import { jobSpec } from '../../test/support/job-spec.ts'
import { type Keyed, keyFrom, keyParts, type Needs } from './cache-key.ts'
import type { InputFile } from './input-files.ts'

interface Given {
  readonly job: JobSpec
  readonly rest: Omit<Keyed, 'job'>
  readonly inputs: readonly InputFile[]
  readonly needs: Needs
}

const BASE: Given = {
  job: jobSpec('build', {
    run: 'make',
    env: { MODE: 'a' },
    inputs: ['src/**'],
    outputs: ['dist'],
    secrets: { TOKEN: 'env:CI_TOKEN' },
  }),
  rest: { service: 'shop', directory: '.' },
  inputs: [{ path: 'src/a', mode: 0o644, content: 'aa' }],
  needs: [['install', 'sha256:11']],
}

const keyOf = ({ job, rest, inputs, needs }: Given) =>
  keyFrom(keyParts({ job, ...rest }, inputs, needs))

const PART = { index: 1, total: 2, by: 'count', mode: 'static' } as const

/** Each changes one thing that a job declares, or is given. */
const DECLARED: Readonly<Record<string, (given: Given, text: string) => Given>> = {
  run: (given, run) => ({ ...given, job: { ...given.job, run } }),
  name: (given, name) => ({ ...given, job: { ...given.job, name } }),
  env: (given, value) => ({ ...given, job: { ...given.job, env: { MODE: value } } }),
  'another env': (given, value) => withJob(given, { env: { ...given.job.env, MORE: value } }),
  'a secret’s reference': (given, at) => withJob(given, { secrets: { TOKEN: at } }),
  'a secret’s name': (given, name) => withJob(given, { secrets: { [name]: 'env:CI_TOKEN' } }),
  image: (given, image) => withJob(given, { image }),
  network: (given) => withJob(given, { network: 'none' }),
  labels: (given, label) => withJob(given, { labels: [label] }),
  outputs: (given, glob) => withJob(given, { outputs: [glob] }),
  results: (given, file) => withJob(given, { results: { version: file } }),
  'junit reports': (given, glob) => withJob(given, { junit: [glob] }),
  'go reports': (given, glob) => withJob(given, { gotest: [glob] }),
  services: (given, run) => withJob(given, { services: { db: { run, env: {}, ports: [] } } }),
  mutates: (given) => withJob(given, { mutates: true }),
  'which part of the tests': (given, glob) =>
    withJob(given, { leg: { of: 'build', matrix: {}, shard: { ...PART, files: [glob] } } }),
  salt: (given, salt) => withJob(given, { salt }),
  'the operator’s salt': (given, salt) => ({ ...given, rest: { ...given.rest, salt } }),
  service: (given, service) => ({ ...given, rest: { ...given.rest, service } }),
  directory: (given, directory) => ({ ...given, rest: { ...given.rest, directory } }),
  'an input’s content': (given, content) => withInput(given, { content }),
  'an input’s path': (given, path) => withInput(given, { path }),
  'an input’s mode': (given) => withInput(given, { mode: 0o755 }),
  'one more input': (given, path) => ({
    ...given,
    inputs: [...given.inputs, { path, mode: 0o644, content: 'aa' }],
  }),
  'no input': (given) => ({ ...given, inputs: [] }),
  'what a need made': (given, by) => ({ ...given, needs: [['install', by]] }),
  'which need made it': (given, name) => ({ ...given, needs: [[name, 'sha256:11']] }),
  'one more need': (given, name) => ({ ...given, needs: [...given.needs, [name, 'sha256:11']] }),
}

const withJob = (given: Given, more: Partial<JobSpec>): Given => ({
  ...given,
  job: { ...given.job, ...more },
})
const withInput = (given: Given, more: Partial<InputFile>): Given => ({
  ...given,
  inputs: given.inputs.map((file) => ({ ...file, ...more })),
})

/** Says when a job ends, who takes it, and what its end is for; never what it makes. */
const UNDECLARED: Partial<JobSpec> = {
  needs: ['install', 'lint'],
  timeoutMs: 1,
  idleMs: 2,
  graceMs: 3,
  queueMs: 4,
  retry: { max: 3, on: ['script'], fromMs: 1, toMs: 2 },
  check: 'tests',
  if: 'always()',
  cache: 'branch',
  resources: { cpu: 1 },
  flaky: { rerunFailed: 2, quarantine: 'honour' },
}

describe('cache key', () => {
  it('is another for every declared thing that is another', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(DECLARED)),
        fc.string({ minLength: 1 }).map((text) => `x${text}`),
        (which, text) => {
          const changed = DECLARED[which]?.(BASE, text) ?? BASE
          assert.notEqual(keyOf(changed), keyOf(BASE), which)
        },
      ),
      { numRuns: 500 },
    ))

  it('tells any two texts apart, wherever they stand', () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        const one = withJob(BASE, { env: { A: a, B: b } })
        const other = withJob(BASE, { env: { A: c, B: d } })
        assert.equal(keyOf(one) === keyOf(other), a === c && b === d)
      }),
    ))

  it('is the same whatever is not declared', () =>
    fc.assert(
      fc.property(fc.subarray(Object.entries(UNDECLARED)), (some) => {
        assert.equal(keyOf(withJob(BASE, Object.fromEntries(some))), keyOf(BASE))
      }),
    ))

  it('does not depend on the order in which things are written', () => {
    const env = { A: '1', B: '2' }
    const turned = { B: '2', A: '1' }
    assert.equal(keyOf(withJob(BASE, { env })), keyOf(withJob(BASE, { env: turned })))
  })
})
