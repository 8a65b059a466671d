/**
 * The same pipeline, run here by a runner and there by gitlab-ci-local from the generated file: the
 * same jobs end the same way, in an order that keeps every need, and make the same files.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { parse } from 'yaml'
import { startBench } from '../../../test/support/runner.ts'
import { SURROUNDINGS } from '../../../test/support/surroundings.ts'
import { digestOf } from '#engine/ids.ts'
import type { RunFacts } from '../events.ts'
import { pipelineSpec } from '../language/manifest.ts'
import { planPipeline } from '../language/plan.ts'
import { generate } from './generate.ts'

const SPEC = pipelineSpec.parse(
  parse(`
vars: { greeting: "it's $5" }
jobs:
  install:
    run: |
      mkdir -p deps/deep
      echo lib > deps/deep/lib
      ln -s deep/lib deps/link
      printf '#!/bin/sh\\necho tool\\n' > deps/tool
      chmod +x deps/tool
    inputs: [package.json]
    outputs: ['deps/**']
  lint: { needs: [install], run: 'test -L deps/link && ./deps/tool', inputs: ['src/**'] }
  unit:
    needs: [install]
    run: |
      test "$GREETING" = "it's \\$5"
      echo "leg $NODE on $BRANCH"
      exit 0
    matrix: { node: ['22', '24'] }
    env:
      NODE: '\${{ matrix.node }}'
      BRANCH: '\${{ branch }}'
      GREETING: '\${{ vars.greeting }}'
  bad: { needs: [install], run: 'exit 3' }
  after-bad: { needs: [bad], run: 'true' }
  build:
    needs: [lint, unit]
    run: |
      mkdir -p dist
      cat deps/link src/a > dist/out
      ln -s out dist/link
    outputs: ['dist/**']
  elsewhere: { needs: [build], if: 'branch != "main"', run: 'true' }
  behind: { needs: [elsewhere], run: 'true' }
  here: { needs: [build], if: 'branch == "main" && event == "push"', run: 'true' }
  pack: { needs: [build], uses: package, with: { include: ['dist/**', package.json] } }
`),
)
const SOURCE = { 'package.json': '{}\n', 'src/a': 'a\n' }
const FACTS: RunFacts = {
  ...{ event: 'push', branch: 'main', ref: 'refs/heads/main', sha: 'a'.repeat(40) },
  ...{ service: 'shop', tier: 1, inputs: {}, vars: { greeting: "it's $5" } },
}

interface Trace {
  /** Job to its end; what was left out is not there. */
  readonly ends: Readonly<Record<string, 'succeeded' | 'failed'>>
  readonly order: readonly { readonly job: string; readonly is: 'started' | 'ended' }[]
  readonly files: Readonly<Record<string, string>>
}

/** Path to mode and content of everything in an archive. */
function filesIn(archive: Buffer): Trace['files'] {
  const list = execFileSync('tar', ['-tvzf', '-'], { input: archive }).toString().trim().split('\n')
  return Object.fromEntries(
    list.map((line) => {
      const [, mode = '', path = '', link] =
        /^(\S+) .*? \d\d:\d\d (\S+)(?: -> (\S+))?$/.exec(line) ?? []
      const bytes = execFileSync('tar', ['-xOzf', '-', path], { input: archive })
      const sum = createHash('sha256').update(bytes).digest('hex')
      return [path, link === undefined ? `${mode} ${sum}` : `-> ${link}`]
    }),
  )
}

async function runHere(t: TestContext): Promise<Trace> {
  const planned = planPipeline(SPEC, FACTS)
  assert.ok('jobs' in planned)
  const bench = await startBench(t)
  const ends: Record<string, 'succeeded' | 'failed'> = {}
  const outputs: { job: string; outputs: string }[] = []
  const order: Trace['order'][number][] = []
  let files: Trace['files'] = {}
  // The decision is the engine's own, tested there; here only those in which nobody asks.
  const isMeant = (condition: string | undefined) =>
    condition === undefined || condition.startsWith('branch == ')
  for (const { if: condition, ...job } of planned.jobs) {
    if (!isMeant(condition) || !job.needs.every((need) => ends[need] === 'succeeded')) continue
    order.push({ job: job.name, is: 'started' })
    const end = await bench.work({
      job,
      leased: { needs: outputs, branch: 'main' },
      source: SOURCE,
    })
    order.push({ job: job.name, is: 'ended' })
    ends[job.name] = end.outcome === 'failed' ? 'failed' : 'succeeded'
    if (end.outputs !== undefined) outputs.push({ job: job.name, outputs: end.outputs })
    const packaged = bench.server.blobs.get(end.packaged?.digest ?? '')
    if (packaged !== undefined) files = filesIn(packaged)
  }
  return { ends, order, files }
}

const require = createRequire(import.meta.url)
const program = join(dirname(require.resolve('gitlab-ci-local/package.json')), 'dist/index.js')

function runThere(folder: string): Trace {
  const made = generate(
    {
      ...{ spec: SPEC, directory: '.', branch: 'main', digestOf },
      known: { service: 'shop', tier: 1, vars: {} },
    },
    'gitlab',
  )
  assert.ok('files' in made, JSON.stringify(made))
  const ignored = { '.gitignore': '.signalbox/out\n.signalbox/cache\n.gitlab-ci-local\n' }
  const all = {
    ...SOURCE,
    ...ignored,
    ...Object.fromEntries(made.files.map((f) => [f.path, f.text])),
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    chmodSync(join(folder, path), 0o644)
  }
  const git = (...words: string[]) => execFileSync('git', words, { cwd: folder, stdio: 'pipe' })
  git('init', '-q', '-b', 'main')
  git('remote', 'add', 'origin', 'https://gitlab.example.org/team/shop.git')
  git('add', '-A')
  git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', 'first')
  // What failed is told on the other stream; only one of them keeps the order.
  const words = [process.execPath, program, '--no-color', '--shell-isolation']
  const { stdout } = spawnSync('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...SURROUNDINGS, HOME: folder, LANG: 'C.UTF-8' },
    timeout: 120_000,
  })
  return {
    ...traceIn(stdout),
    files: filesIn(readFileSync(join(folder, '.signalbox/out/pack.tgz'))),
  }
}

function traceIn(log: string): Pick<Trace, 'ends' | 'order'> {
  const ends: Record<string, 'succeeded' | 'failed'> = {}
  const order: Trace['order'][number][] = []
  for (const line of log.split('\n')) {
    const [, name = '', what, fail] =
      /^(\S+(?:: \[.*?\])?) +(starting shell|finished in)(?:.*?(FAIL))?/.exec(line) ?? []
    if (what === undefined || name === 'pipeline') continue
    const job = name.replace(/: \[(.*)\]$/, '.$1')
    order.push({ job, is: what === 'finished in' ? 'ended' : 'started' })
    if (what === 'finished in') ends[job] = fail === undefined ? 'succeeded' : 'failed'
  }
  return { ends, order }
}

function keepsItsOrder({ order }: Trace): void {
  const planned = planPipeline(SPEC, FACTS)
  assert.ok('jobs' in planned)
  for (const { name, needs } of planned.jobs) {
    const began = order.findIndex(({ job, is }) => job === name && is === 'started')
    if (began < 0) continue
    for (const need of needs) {
      const ended = order.findIndex(({ job, is }) => job === need && is === 'ended')
      assert.ok(ended >= 0 && ended < began, `${name} began before ${need} had ended`)
    }
  }
}

const hasRsync = spawnSync('rsync', ['--version']).status === 0

test(
  'a run there is a run here',
  { skip: hasRsync ? false : 'gitlab-ci-local needs rsync' },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-gitlab-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const [here, there] = [await runHere(t), runThere(folder)]
    assert.deepEqual(there.ends, here.ends)
    assert.equal(here.ends['bad'], 'failed')
    assert.equal(here.ends['here'], 'succeeded')
    for (const out of ['after-bad', 'elsewhere', 'behind']) assert.equal(here.ends[out], undefined)
    keepsItsOrder(here)
    keepsItsOrder(there)
    assert.deepEqual(there.files, here.files)
    assert.deepEqual(Object.keys(here.files), ['dist/link', 'dist/out', 'package.json'])
  },
)
