import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Offer } from '../../test/support/fake-server.ts'
import { type Bench, startBench } from '../../test/support/runner.ts'

const build = {
  run: 'mkdir -p dist; cat src.txt > dist/a.txt',
  inputs: ['src.txt'],
  outputs: ['dist'],
}
const source = { 'src.txt': 'one', 'README.md': 'not an input' }

function put({ server }: Bench, bytes: string): string {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  server.blobs.set(digest, Buffer.from(bytes))
  return digest
}

function folderOutside(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'outside-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Every blob on the runner's own disk. */
function localBlobs(dir: string): string[] {
  return readdirSync(join(dir, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

test('the same job on the same input runs once', async (t) => {
  const { work } = await startBench(t)
  const first = await work({ job: build, source })
  assert.equal(first.outcome, 'succeeded')
  assert.match(first.log, /signalbox: cache miss [0-9a-f]{64}\n/)
  const again = await work({
    job: build,
    source: { ...source, 'README.md': 'changed' },
    leased: { sha: 'b'.repeat(40), branch: 'other', attempt: 3 },
  })
  assert.equal(again.outcome, 'cached')
  assert.equal(again.outputs, first.outputs)
  assert.equal(again.cacheKey, first.cacheKey)
  assert.match(again.log, /signalbox: cache hit [0-9a-f]{64}: nothing runs\n$/)
})

test('a need that ran again and made the same ends what has to run after it', async (t) => {
  const { work } = await startBench(t)
  const make = { name: 'make', inputs: ['src.txt'], outputs: ['made'] }
  const use = { ...build, name: 'use', run: 'mkdir dist; cp made dist' }
  const chain = async (text: string, run: string) => {
    const tree = { 'src.txt': text, 'own.txt': 'own' }
    const first = await work({ job: { ...make, run }, source: tree })
    const needs = [{ job: 'make', outputs: first.outputs ?? '' }]
    const after = { ...use, inputs: ['own.txt'], outputs: ['dist'] }
    return [first.outcome, (await work({ job: after, source: tree, leased: { needs } })).outcome]
  }
  const same = 'head -c 3 src.txt > made'
  assert.deepEqual(await chain('one, a comment', same), ['succeeded', 'succeeded'])
  assert.deepEqual(await chain('one, another', same), ['succeeded', 'cached'])
  assert.deepEqual(await chain('one, another', `${same} `), ['succeeded', 'cached'])
  assert.deepEqual(await chain('two', same), ['succeeded', 'succeeded'])
})

test('a key knows where a secret is, and nothing of what it is', async (t) => {
  const environment = { CI_TOKEN: 'first-of-two' }
  const { server, work } = await startBench(t, { secrets: ['env:CI_TOKEN'], environment })
  const job = { ...build, secrets: { TOKEN: 'env:CI_TOKEN' } }
  const first = await work({ job, source })
  environment.CI_TOKEN = 'second-of-two'
  const again = await work({ job, source })
  assert.deepEqual([again.outcome, again.cacheKey], ['cached', first.cacheKey])
  for (const blob of server.blobs.values()) assert.doesNotMatch(blob.toString(), /-of-two/)
})

test('whatever a job can see changes its key', async (t) => {
  const bench = await startBench(t)
  const { work, server } = bench
  const first = await work({ job: build, source })
  const others: Offer[] = [
    { job: { ...build, run: `${build.run} ` } },
    { job: { ...build, env: { MODE: 'a' } } },
    { job: { ...build, env: { MODE: 'b' } } },
    { job: build, source: { 'src.txt': 'two' } },
    { job: { ...build, inputs: ['*'] } },
    { job: { ...build, outputs: ['dist/*'] } },
    { job: { ...build, name: 'other' } },
    { job: build, leased: { service: 'other' } },
    { job: build, source: { 'svc/src.txt': 'one' }, leased: { directory: 'svc' } },
    { job: build, leased: { needs: [{ job: 'dep', outputs: first.outputs ?? '' }] } },
    { job: build, leased: { needs: [{ job: 'dep', outputs: put(bench, EMPTY) }] } },
  ]
  const keys = new Set([first.cacheKey])
  for (const offer of others) {
    const end = await work({ source, ...offer })
    assert.equal(end.outcome, 'succeeded', end.log)
    keys.add(end.cacheKey)
  }
  assert.equal(keys.size, others.length + 1)
  assert.equal(server.cache.size, keys.size)
})
const EMPTY = '{"version":1,"files":[]}'

test('a job without inputs is never cached, and alone may know its commit', async (t) => {
  const { server, work } = await startBench(t)
  const job = { run: 'echo $SIGNALBOX_SHA > a', outputs: ['a'] }
  for (const _ of [1, 2]) assert.equal((await work({ job })).outcome, 'succeeded')
  assert.equal(server.cache.size, 0)
  const cacheable = await work({ job: { ...job, inputs: ['src.txt'] }, source })
  assert.match(cacheable.log, /SIGNALBOX_SHA: parameter not set/)
})

test('what the server lost is sent again, though this runner knows it', async (t) => {
  const { server, work } = await startBench(t)
  const job = { run: 'echo small > a; head -c 2000000 /dev/zero > b', outputs: ['a', 'b'] }
  await work({ job })
  const blobs = new Map(server.blobs)
  assert.equal(blobs.size, 3)
  server.blobs.clear()
  await work({ job })
  assert.deepEqual(server.blobs, blobs)
})

test('outputs that match nothing are no failure, and nothing to remember', async (t) => {
  const { server, work } = await startBench(t)
  const job = { run: 'true', inputs: ['src.txt'], outputs: ['node_modules/**'] }
  const end = await work({ job, source })
  assert.equal(end.outcome, 'succeeded')
  assert.match(end.log, /no output matches node_modules\/\*\*: not cached/)
  assert.equal(server.cache.size, 0)
  const needs = [{ job: 'install', outputs: end.outputs ?? '' }]
  assert.equal((await work({ job: { run: 'true' }, leased: { needs } })).outcome, 'succeeded')
})

test('a failure is not cached, nor is a success without its outputs', async (t) => {
  const { server, work } = await startBench(t)
  const job = { run: 'mkdir dist; : > dist/a; exit 1', inputs: ['src.txt'], outputs: ['dist'] }
  const failed = await work({ job, source })
  assert.equal(failed.outputs, undefined)
  const partial = await work({ job: { ...build, outputs: ['dist', 'report.txt'] }, source })
  assert.deepEqual([partial.outcome, partial.reason], ['failed', 'artifact'])
  assert.match(partial.log, /failed: The job made no report\.txt\./)
  assert.equal(server.cache.size, 0)
})

test('a hit brings its test results along', async (t) => {
  const { work } = await startBench(t)
  const xml = '<testsuite><testcase name="a" time="1"/></testsuite>'
  const job = { run: `echo '${xml}' > r.xml`, inputs: ['src.txt'], junit: ['r.xml'] }
  const first = await work({ job, source })
  const again = await work({ job, source })
  assert.equal(again.outcome, 'cached')
  assert.deepEqual(again.tests, first.tests)
  assert.equal(again.tests?.passed, 1)
})

test('a cache that lost or damaged what it names is a miss', async (t) => {
  const { server, work } = await startBench(t)
  const first = await work({ job: build, source })
  const [[key, manifest] = ['', '']] = server.cache
  server.blobs.delete(first.outputs ?? '')
  assert.equal((await work({ job: build, source })).outcome, 'succeeded')
  server.blobs.set(manifest, Buffer.from('{}'))
  const damaged = await work({ job: build, source })
  assert.equal(damaged.outcome, 'succeeded')
  assert.match(damaged.log, /cache miss [0-9a-f]+: The blob .* is not what its name says/)
  server.cache.set(key, 'nonsense')
  assert.equal((await work({ job: build, source })).outcome, 'succeeded')
})

test('outputs reach the jobs that need them: content, mode, links and order', async (t) => {
  const { dir, work } = await startBench(t)
  const run = `mkdir -p dist/bin dist/deep/er
    printf 'a\\0b' > dist/bin/tool; chmod 4711 dist/bin/tool
    ln -s ../bin/tool dist/deep/link; ln -s ../src.txt dist/up; : > dist/empty
    head -c 3000000 /dev/urandom > dist/large; chmod 400 dist/large; sha256sum dist/large`
  const first = await work({ job: { run, outputs: ['dist/**'] }, source })
  const later = await work({
    job: {
      run: 'echo later > dist-a; mkdir dist; echo later > dist/empty',
      outputs: ['dist-a', 'dist'],
    },
  })
  const needs = [first, later].map((end) => ({ job: 'dep', outputs: end.outputs ?? '' }))
  const check = `find dist -type l -printf '%p %l;'; stat -c '%a' dist/bin/tool dist/large
    od -c dist/bin/tool | head -1; cat dist/empty dist-a dist/up; sha256sum dist/large`
  const local = await work({ job: { run: check }, leased: { needs }, source })
  for (const blob of localBlobs(dir)) rmSync(blob)
  const remote = await work({ job: { run: check }, leased: { needs }, source })
  const sum = /[0-9a-f]{64} {2}dist\/large/.exec(first.log)?.[0] ?? 'none'
  for (const { log, outcome } of [local, remote]) {
    assert.equal(outcome, 'succeeded', log)
    assert.match(log, /dist\/up \.\.\/src\.txt;/)
    assert.match(log, /dist\/deep\/link \.\.\/bin\/tool;/)
    // Whether a file can be run is handed on; what was made is not to be written to.
    assert.match(log, /555\n444\n0000000 {3}a {2}\\0 {3}b\n/)
    assert.match(log, /\nlater\nlater\none/)
    assert.ok(log.includes(sum))
  }
})

test('what is restored is read-only, and who writes to it all the same is found out', async (t) => {
  const { work } = await startBench(t)
  const first = await work({ job: { run: 'echo good > a', outputs: ['a'] } })
  const leased = { needs: [{ job: 'dep', outputs: first.outputs ?? '' }] }
  const looks = 'stat -c "mode %a, links %h" a; cat a'
  assert.match((await work({ job: { run: looks }, leased })).log, /mode 444, links 2\ngood\n/)
  const evil = 'chmod 644 a; stamp=$(date -R -r a); echo evil > a; touch -d "$stamp" a; chmod 444 a'
  const job = { run: evil, inputs: ['src.txt'], outputs: ['a'] }
  const end = await work({ job, leased, source })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'cache'])
  assert.match(end.log, /failed: a was changed in place\. .*mutates: true/)
  assert.equal(end.outputs, undefined)
  assert.match((await work({ job: { run: looks }, leased })).log, /good\n$/)
})

test('a job that mutates, and one of a pull request, gets files of its own', async (t) => {
  const { work } = await startBench(t)
  const first = await work({ job: { run: 'echo good > a', outputs: ['a'] } })
  const leased = { needs: [{ job: 'dep', outputs: first.outputs ?? '' }] }
  const looks = 'stat -c "mode %a, links %h" a; cat a'
  assert.match((await work({ job: { run: looks }, leased })).log, /links 2\n/)
  const mutating = await work({ job: { run: `${looks}; echo more >> a`, mutates: true }, leased })
  assert.match(mutating.log, /mode 644, links 1\ngood\n/)
  assert.equal(mutating.outcome, 'succeeded')
  const apart = { ...leased, isReadOnly: true as const }
  assert.match((await work({ job: { run: looks }, leased: apart })).log, /mode 444, links 1\n/)
  assert.match((await work({ job: { run: looks }, leased })).log, /good\n$/)
})

test('a pull request reads the cache and leaves nothing in it', async (t) => {
  const { server, work } = await startBench(t)
  const leased = { isReadOnly: true, branch: 'pull/7' } as const
  const offer = { job: build, source, leased }
  assert.equal((await work(offer)).outcome, 'succeeded')
  assert.equal(server.cache.size, 0)
  await work({ job: build, source })
  assert.equal((await work(offer)).outcome, 'cached')
})

test('a job cannot change what another job restores', async (t) => {
  const { dir, work } = await startBench(t)
  const first = await work({ job: { run: 'echo good > a; echo good > b', outputs: ['a', 'b'] } })
  const leased = { needs: [{ job: 'dep', outputs: first.outputs ?? '' }] }
  await work({ job: { run: 'echo evil > a; chmod 777 b; echo evil >> b' }, leased })
  assert.match((await work({ job: { run: 'cat a b' }, leased })).log, /good\ngood\n$/)
  // Without a sandbox a job may even find the blobs themselves.
  for (const blob of localBlobs(dir)) writeFileSync(blob, 'evil\n')
  assert.match((await work({ job: { run: 'cat a b' }, leased })).log, /good\ngood\n$/)
  for (const blob of localBlobs(dir)) rmSync(blob)
})

test('outputs that lead out of the workspace are refused', async (t) => {
  const { work } = await startBench(t)
  const rows: [run: string, outputs: string[], message: RegExp][] = [
    [
      'mkdir dist; ln -s /etc/passwd dist/p',
      ['dist'],
      /symlink dist\/p leads out to \/etc\/passwd/,
    ],
    ['ln -s /etc dist', ['dist/**'], /symlink dist leads out/],
    ['ln -s ../.. up', ['up'], /symlink up leads out/],
    ['mkdir -p a/b; ln -s . a/b/here; ln -s here/../../.. out; mv out a/b', ['a'], /leads out/],
    ['true', ['../../*'], /glob '\.\.\/\.\.\/\*' leaves the folder/],
    ['true', ['/etc/passwd'], /absolute/],
  ]
  for (const [run, outputs, message] of rows) {
    const end = await work({ job: { run, outputs } })
    assert.deepEqual([end.outcome, end.reason], ['failed', 'artifact'], run)
    assert.match(end.log, message)
  }
})

test('a list of outputs cannot write outside of the workspace', async (t) => {
  const bench = await startBench(t)
  const outside = folderOutside(t)
  const blob = put(bench, 'evil').slice('sha256:'.length)
  const file = (path: string) => ({ path, mode: 0o644, blob, offset: 0, size: 4 })
  const lists = [
    [file(`../../${outside}/evil`)],
    [file(`${outside}/evil`)],
    [{ path: 'a', link: outside }, file('a/evil')],
    [file('a/evil'), { path: 'a', link: outside }],
    [file('a'), file('a')],
    [{ ...file('a'), mode: 0o4755 }],
    [{ ...file('a'), size: 5 }],
  ]
  for (const files of lists) {
    const outputs = put(bench, JSON.stringify({ version: 1, files }))
    const end = await bench.work({
      job: { run: 'true' },
      leased: { needs: [{ job: 'dep', outputs }] },
    })
    assert.deepEqual([end.outcome, end.reason], ['failed', 'infra.setup'])
    assert.match(end.log, /A list of outputs cannot be read/)
  }
  const outputs = put(bench, JSON.stringify({ version: 1, files: [file('dist/evil')] }))
  const needs = [{ job: 'dep', outputs }]
  const linked = { dist: { link: outside } }
  const end = await bench.work({ job: { run: 'cat dist/evil' }, leased: { needs }, source: linked })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.deepEqual(readdirSync(outside), [])
})

test('a blob that is missing or not itself fails the job before it starts', async (t) => {
  const bench = await startBench(t)
  const files = [{ path: 'a', mode: 0o644, blob: 'f'.repeat(64), offset: 0, size: 1 }]
  const outputs = put(bench, JSON.stringify({ version: 1, files }))
  const leased = { needs: [{ job: 'dep', outputs }] }
  const missing = await bench.work({ job: { run: 'echo ran' }, leased })
  assert.equal(missing.reason, 'infra.setup')
  assert.match(missing.log, /does not have what it named/)
  bench.server.blobs.set(`sha256:${'f'.repeat(64)}`, Buffer.from('x'))
  const wrong = await bench.work({ job: { run: 'echo ran' }, leased })
  assert.match(wrong.log, /is not what its name says/)
  assert.doesNotMatch(missing.log + wrong.log, /\nran\n/)
})

test('a source cannot write outside of the workspace, or lead the runner out of it', async (t) => {
  const { work } = await startBench(t)
  const outside = folderOutside(t)
  const climbing = await work({ job: { run: 'true' }, source: { '../evil': 'x' } })
  assert.deepEqual([climbing.outcome, climbing.reason], ['failed', 'infra.setup'])
  await work({ job: { run: 'true' }, source: { l: { link: outside }, 'l/evil': 'x' } })
  assert.deepEqual(readdirSync(outside), [])
  const link = { svc: { link: outside } }
  const led = await work({ job: { run: 'true' }, leased: { directory: 'svc' }, source: link })
  assert.match(led.log, /The source has no folder 'svc'/)
  const broken = await work({ job: { run: 'true' }, source: Buffer.from('no tar') })
  assert.deepEqual([broken.outcome, broken.reason], ['failed', 'infra.setup'])
  assert.match(broken.log, /source cannot be unpacked/)
})
