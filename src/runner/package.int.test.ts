import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import type { Tree } from '../../test/support/fake-server.ts'
import { type Bench, startBench } from '../../test/support/runner.ts'

const pack = { uses: 'package' as const, include: ['**', '!*.log'] }
const service: Tree = {
  'server.js': 'listen()',
  'lib/a.js': 'a',
  'lib/link': { link: '../server.js' },
  'debug.log': 'noise',
}

const packageOf = async (bench: Bench, source: Tree, include = pack.include) => {
  const end = await bench.work({ job: { ...pack, include }, source })
  return { ...end, blob: bench.server.blobs.get(end.packaged?.digest ?? '') ?? Buffer.alloc(0) }
}
const list = (blob: Buffer) =>
  execFileSync('tar', ['-tvz', '--full-time', '--utc'], { input: blob }).toString()

test('the same files are the same artifact, in whatever order they came', async (t) => {
  const bench = await startBench(t)
  const first = await packageOf(bench, service)
  assert.equal(first.outcome, 'succeeded', first.log)
  assert.equal(first.packaged?.files, 3)
  assert.equal(first.packaged?.sizeBytes, first.blob.length)
  const reversed = Object.fromEntries(Object.entries(service).toReversed())
  const again = await packageOf(bench, { ...reversed, 'other.log': 'more' })
  assert.deepEqual(again.packaged, first.packaged)
  const changed = await packageOf(bench, { ...service, 'lib/a.js': 'b' })
  assert.notEqual(changed.packaged?.digest, first.packaged?.digest)
})

test('the archive is plain: sorted, owned by nobody, made at the beginning of time', async (t) => {
  const bench = await startBench(t)
  const { blob } = await packageOf(bench, service)
  const epoch = '1970-01-01 00:00:00'
  assert.deepEqual(list(blob).replaceAll(/ +/g, ' ').trim().split('\n'), [
    `-rw-r--r-- 0/0 1 ${epoch} lib/a.js`,
    `lrwxrwxrwx 0/0 0 ${epoch} lib/link -> ../server.js`,
    `-rw-r--r-- 0/0 8 ${epoch} server.js`,
  ])
})

test('paths of any length and script survive', async (t) => {
  const bench = await startBench(t)
  const paths = [
    `${'d'.repeat(90)}/${'f'.repeat(9)}`,
    `${'d'.repeat(90)}/${'f'.repeat(10)}`,
    `${'long/'.repeat(40)}${'n'.repeat(200)}`,
    'grüße/日本語.txt',
    'a b\n.txt',
  ]
  const { blob } = await packageOf(bench, Object.fromEntries(paths.map((path) => [path, path])))
  for (const path of paths) {
    const args = ['-xzO', '--no-wildcards', path]
    assert.equal(execFileSync('tar', args, { input: blob }).toString(), path)
  }
})

test('outputs of earlier jobs go into the artifact, with the right to be run', async (t) => {
  const bench = await startBench(t)
  const run = 'mkdir dist; echo built > dist/run.sh; chmod 700 dist/run.sh'
  const built = await bench.work({ job: { run, outputs: ['dist'] } })
  const needs = [{ job: 'build', outputs: built.outputs ?? '' }]
  const end = await bench.work({
    job: { ...pack, include: ['dist', 'none/**'] },
    leased: { needs },
    source: service,
  })
  assert.match(
    list(bench.server.blobs.get(end.packaged?.digest ?? '') ?? Buffer.alloc(0)),
    /^-rwxr-xr-x.*dist\/run\.sh\n$/,
  )
  assert.match(end.log, /signalbox: nothing matches none\/\*\*\n/)
})

test('an artifact that would be empty or lead elsewhere is refused', async (t) => {
  const bench = await startBench(t)
  const empty = await packageOf(bench, service, ['dist/**'])
  assert.deepEqual([empty.outcome, empty.reason], ['failed', 'artifact'])
  assert.match(empty.log, /Nothing matches the globs of `include`/)
  const leading = await packageOf(bench, { a: { link: '/etc/passwd' } })
  assert.deepEqual([leading.outcome, leading.reason], ['failed', 'artifact'])
  assert.match(leading.log, /symlink a leads out to \/etc\/passwd/)
})

test('an artifact has an SBOM, of itself alone when it has no dependencies', async (t) => {
  const bench = await startBench(t)
  const alone = await packageOf(bench, service)
  assert.equal(alone.packaged?.sbom?.components, 0)
  const lock = { packages: { 'node_modules/web': { version: '1.2.3' } } }
  const end = await packageOf(bench, { ...service, 'package-lock.json': JSON.stringify(lock) })
  assert.equal(end.packaged?.sbom?.components, 1)
  const sbom = bench.server.blobs.get(end.packaged?.sbom?.digest ?? '')?.toString() ?? ''
  assert.match(sbom, /CycloneDX.*"1\.6".*pkg:generic\/shop@a{40}.*pkg:npm\/web@1\.2\.3/s)
})

test('parts that cannot be read make no SBOM rather than a wrong one', async (t) => {
  const bench = await startBench(t)
  const end = await packageOf(bench, { ...service, 'yarn.lock': '' })
  assert.equal(end.outcome, 'succeeded')
  assert.equal(end.packaged?.sbom, undefined)
  assert.match(end.log, /signalbox: no SBOM: yarn\.lock cannot be read here\n/)
})
