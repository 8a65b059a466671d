/** `signalbox run` as a person has it: a program in a repository, killed and started again. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'
import { isAlive } from '../../test/support/runner.ts'
import { until } from '../../test/support/until.ts'

const PROGRAM = resolve(import.meta.dirname, '..', '..', 'bin', 'signalbox.mjs')

interface Answer {
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** With `-o json`. */
  readonly json: {
    readonly outcome: string
    readonly jobs: readonly { name: string; outcome: string; hit?: string; reason?: string }[]
    readonly differences: readonly { part: string; because?: readonly { part: string }[] }[]
    readonly verdict: string
    readonly savedMs: number
    readonly criticalPath: { readonly jobs: readonly string[] }
  }
}

interface Place {
  readonly root: string
  write(files: Readonly<Record<string, string>>): void
  read(path: string): string
  start(...words: readonly string[]): ChildProcess
  run(...words: readonly string[]): Promise<Answer>
  outcomes(...words: readonly string[]): Promise<Record<string, string>>
}

function place(t: TestContext, jobs: string, environment: Record<string, string> = {}): Place {
  const root = mkdtempSync(join(tmpdir(), 'signalbox-here-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
  }
  const head = 'apiVersion: signalbox.dev/v1\nkind: Pipeline\nmetadata: { name: shop }\n'
  write({ 'signalbox.yaml': `${head}spec:\n  jobs:\n${jobs}` })
  const start = (...words: readonly string[]) => {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: root,
      env: { PATH: '/usr/bin:/bin', HOME: root, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.after(() => child.kill('SIGKILL'))
    return child
  }
  const run = async (...words: readonly string[]): Promise<Answer> => {
    const child = start('-o', 'json', ...words)
    const [out, err, [code]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ])
    const json = (out === '' ? {} : JSON.parse(out)) as Answer['json']
    return { code, out, err, json }
  }
  return {
    ...{ root, write, start, run },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    async outcomes(...words) {
      const { json } = await run('run', ...words)
      return Object.fromEntries(json.jobs.map(({ name, outcome }) => [name, outcome]))
    },
  }
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) text += String(chunk)
  return text
}

const CHAIN = `
    make: { run: 'mkdir -p made; head -n 1 src.txt > made/a', inputs: [src.txt], outputs: [made] }
    use:
      { needs: [make], run: 'mkdir -p used; cp made/a used/b', inputs: [own.txt], outputs: [used] }
    ship: { needs: [use], run: 'echo shipped > shipped', effect: deploy }
`

test('what ran once is found, and what comes to the same ends there', async (t) => {
  const here = place(t, CHAIN)
  here.write({ 'src.txt': 'one\ncomment\n', 'own.txt': 'own' })
  const first = await here.run('run')
  assert.equal(first.code, 0, first.err)
  assert.deepEqual(first.json.criticalPath.jobs, ['make', 'use'])
  assert.equal(here.read('used/b'), 'one\n')
  assert.equal(existsSync(join(here.root, 'shipped')), false)
  assert.deepEqual(await here.outcomes(), { make: 'cached', use: 'cached' })

  here.write({ 'src.txt': 'one\nanother comment\n' })
  const second = await here.run('run')
  assert.deepEqual(
    second.json.jobs.map(({ outcome, hit }) => [outcome, hit]),
    [
      ['succeeded', undefined],
      ['cached', 'content'],
    ],
  )
  const third = await here.run('run')
  assert.deepEqual(
    third.json.jobs.map(({ hit }) => hit),
    ['definition', 'definition'],
  )
  assert.ok(third.json.savedMs > 0)
  assert.deepEqual(await here.outcomes('--no-cache'), { make: 'succeeded', use: 'succeeded' })
  // Named, it is wanted.
  assert.equal((await here.outcomes('ship'))['ship'], 'succeeded')
  assert.equal(here.read('shipped'), 'shipped\n')
})

test('explain names what differs: file, variable, job before it', async (t) => {
  const jobs = (mode: string) => `
    make: { run: 'mkdir -p made; cat src.txt > made/a', inputs: ['*.txt'], outputs: [made] }
    use: { needs: [make], run: 'cat made/a', inputs: [own], env: { MODE: ${mode} } }
    free: { run: 'true' }
`
  const here = place(t, jobs('fast'))
  here.write({ 'src.txt': 'one', 'old.txt': 'old', own: 'own' })
  const parts = async (job: string) => {
    const { json, code } = await here.run('run', '--explain', job)
    assert.equal(code, 0)
    return [json.verdict, json.differences.map(({ part }) => part)]
  }
  assert.deepEqual(await parts('make'), ['runs', []])
  await here.run('run')
  assert.deepEqual(await parts('make'), ['cached', []])
  here.write({ 'src.txt': 'two', 'new.txt': 'new' })
  rmSync(join(here.root, 'old.txt'))
  assert.deepEqual(await parts('make'), [
    'runs',
    ['input.new.txt', 'input.old.txt', 'input.src.txt'],
  ])
  const use = await here.run('run', '--explain', 'use')
  assert.equal(use.json.verdict, 'depends')
  const [need] = use.json.differences
  assert.equal(need?.part, 'need.make')
  assert.deepEqual(
    need?.because?.map(({ part }) => part),
    ['input.new.txt', 'input.old.txt', 'input.src.txt'],
  )
  const head = here.read('signalbox.yaml').split('  jobs:')[0] ?? ''
  here.write({ 'signalbox.yaml': `${head}  jobs:${jobs('slow')}` })
  assert.deepEqual(await parts('use'), ['runs', ['env.MODE', 'need.make']])
  assert.deepEqual(await parts('free'), ['uncached', []])
  const dry = await here.run('run', '--dry-run')
  const all = dry.json as unknown as { job: string; verdict: string }[]
  assert.deepEqual(
    all.map(({ job, verdict }) => [job, verdict]),
    [
      ['make', 'runs'],
      ['use', 'runs'],
      ['free', 'uncached'],
    ],
  )
  assert.equal((await here.run('run', '--explain', 'make')).json.verdict, 'runs')
  const wrong = await here.run('run', '--explain', 'mke')
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /There is no job mke\. Did you mean make\?/)
})

test('outputs come back as they were made, whatever became of them', async (t) => {
  const here = place(t, CHAIN)
  here.write({ 'src.txt': 'one\n', 'own.txt': 'own' })
  await here.run('run')
  rmSync(join(here.root, 'made'), { recursive: true })
  writeFileSync(join(here.root, 'used/b'), 'evil')
  assert.deepEqual(await here.outcomes(), { make: 'cached', use: 'cached' })
  assert.deepEqual([here.read('made/a'), here.read('used/b')], ['one\n', 'one\n'])
  // Links to what is kept, which nobody is to write to.
  const facts = statSync(join(here.root, 'used/b'))
  assert.deepEqual([facts.mode & 0o777, facts.nlink > 1], [0o444, true])
  chmodSync(join(here.root, 'used/b'), 0o644)
  writeFileSync(join(here.root, 'used/b'), 'evil')
  assert.deepEqual(await here.outcomes(), { make: 'cached', use: 'cached' })
  assert.equal(here.read('used/b'), 'one\n')
})

test('a corrupted blob is a miss: the job runs', async (t) => {
  const here = place(t, CHAIN)
  here.write({ 'src.txt': 'one\n', 'own.txt': 'own' })
  await here.run('run')
  const blobs = join(here.root, '.signalbox/local/blobs')
  for (const entry of readdirSync(blobs, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      chmodSync(join(entry.parentPath, entry.name), 0o644)
      writeFileSync(join(entry.parentPath, entry.name), 'evil')
    }
  rmSync(join(here.root, 'made'), { recursive: true })
  assert.equal((await here.outcomes())['make'], 'succeeded')
  assert.equal(here.read('made/a'), 'one\n')
})

test('a failure is not kept, and says how it went', async (t) => {
  const jobs = `
    bad: { run: 'echo out; echo no > /dev/stderr; exit 3', inputs: [signalbox.yaml] }
    after: { needs: [bad], run: 'true' }
`
  const here = place(t, jobs)
  for (const _ of [1, 2]) {
    const { code, json } = await here.run('run')
    assert.equal(code, 1)
    assert.deepEqual(
      json.jobs.map(({ name, outcome, reason }) => [name, outcome, reason]),
      [
        ['bad', 'failed', 'script'],
        ['after', 'skipped', 'needs'],
      ],
    )
  }
  const child = here.start('run')
  assert.match(await textOf(child.stdout), /bad \| out\nbad \| no\n.*failed: exit code 3/s)
})

test('only what is declared is seen, and secrets by leave', async (t) => {
  const jobs = `
    look:
      run: 'echo "[$SEEN][\${HIDDEN:-}]" > seen'
      env: { SEEN: yes }
      inputs: [signalbox.yaml]
      outputs: [seen]
    tell: { run: 'echo "$TOKEN" > told', secrets: { TOKEN: 'env:MY_TOKEN' } }
`
  const here = place(t, jobs, { HIDDEN: 'x', MY_TOKEN: 'the-secret-itself' })
  const refused = await here.run('run')
  assert.equal(here.read('seen'), '[yes][]\n')
  assert.equal(refused.json.jobs.find(({ name }) => name === 'tell')?.reason, 'policy')
  const given = await here.run('run', '--secrets', 'env:MY_TOKEN')
  assert.equal(given.code, 0, given.err)
  assert.equal(here.read('told'), 'the-secret-itself\n')
})

test('killed, a run says what was lost, leaves nothing running, and goes on', async (t) => {
  const jobs = `
    first: { run: 'echo x >> first' }
    slow: { needs: [first], run: 'echo $$ > pid; [ -e go ] || sleep 60; echo done > slow' }
    last: { needs: [slow], run: 'echo y >> last' }
`
  const here = place(t, jobs)
  const child = here.start('run')
  const pid = await until('the slow one runs', () => {
    const file = join(here.root, 'pid')
    return existsSync(file) && Number(readFileSync(file, 'utf8'))
  })
  child.kill('SIGKILL')
  await once(child, 'close')
  here.write({ go: '' })
  const next = await here.run('run', '--resume')
  assert.match(next.err, /was cut off; under way and lost: slow\. It goes on\./)
  assert.equal(next.code, 0, next.err)
  assert.equal(next.json.outcome, 'succeeded')
  assert.equal(isAlive(pid), false)
  // What had ended is not done again.
  assert.deepEqual([here.read('first'), here.read('last')], ['x\n', 'y\n'])
  const none = await here.run('run', '--resume')
  assert.match(none.err, /No run was cut off/)
})

for (const mode of ['static', 'queue'])
  test(`shards of mode ${mode} share the tests, each its part, and artifacts stay`, async (t) => {
    const jobs = `
    unit:
      run: printf '%s\\n' $SIGNALBOX_TEST_FILES >> $SIGNALBOX_SHARD_INDEX.log
      shards: { total: 3, by: timing, mode: ${mode} }
    site:
      needs: [unit]
      run: 'cat *.log > all.log'
      artifacts: { all: all.log }
    none: { run: 'true', artifacts: { missing: no.html } }
`
    const here = place(t, jobs)
    const tests = ['a.test.js', 'b.test.js', 'c.test.js', 'd.test.js']
    here.write(Object.fromEntries(tests.map((file) => [file, ''])))
    const done = await here.run('run')
    assert.deepEqual(here.read('all.log').trimEnd().split('\n').toSorted(), tests)
    assert.equal(here.read('1.log'), 'a.test.js\nd.test.js\n')
    const outcomes = Object.fromEntries(done.json.jobs.map(({ name, outcome }) => [name, outcome]))
    assert.deepEqual([outcomes.site, outcomes.none], ['succeeded', 'failed'], done.err)
  })

test('one run at a time works in a tree, and ends when told', async (t) => {
  const jobs = `
    slow: { run: 'trap "echo tidied > tidied; exit 1" TERM; : > up; while :; do sleep 0.05; done' }
    never: { needs: [slow], run: 'true' }
  finally:
    jobs:
      always: { run: ': > cleaned' }
`
  const here = place(t, jobs)
  const child = here.start('run')
  await until('it runs', () => existsSync(join(here.root, 'up')))
  const other = await here.run('run')
  assert.equal(other.code, 1)
  assert.match(other.err, /runner\.folder-in-use/)
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 1)
  assert.equal(here.read('tidied'), 'tidied\n')
  assert.equal(here.read('cleaned'), '')
})
