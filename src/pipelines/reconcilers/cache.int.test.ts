import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { utimesSync } from 'node:fs'
import { Readable } from 'node:stream'
import test from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet } from '../../../test/support/database.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { type Host, startRunnerHost } from '../../../test/support/runner-host.ts'
import { runs } from '../run.ts'
import { cacheReconciler } from './cache.ts'

const DAY = 24 * 60 * 60 * 1000

async function put({ files }: Host, value: object | string): Promise<string> {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  await files.blobs.put(digest, Readable.from([bytes]), 1024)
  return digest
}

/** What a job made of these texts, cached under their names; the blobs, the list among them. */
async function cached(host: Host, key: string, ...texts: readonly string[]): Promise<string[]> {
  const blobs: string[] = []
  for (const text of texts) blobs.push(await put(host, text))
  const entries = blobs.map((blob, i) => {
    const sha256 = blob.slice('sha256:'.length)
    return { path: `f${i}`, mode: 0o644, blob: sha256, offset: 0, size: texts[i]?.length ?? 0 }
  })
  const outputs = await put(host, { version: 1, files: entries })
  const manifest = await put(host, { version: 1, outputs, results: { key } })
  await host.files.cache.put('shop/main', key, manifest)
  return [...blobs, outputs, manifest]
}

test('what nobody asked for goes, with the blobs that nothing else names', async (t) => {
  const host = await startRunnerHost((end) => t.after(end))
  const { blobs, cache } = host.files
  const old = await cached(host, 'old', 'only the old has it', 'both have it')
  const young = await cached(host, 'young', 'only the young has it', 'both have it')
  // A run of long ago, whose job was never cached.
  const stray = await put(host, 'nobody names it')
  const sha256 = stray.slice('sha256:'.length)
  const file = { path: 'f', mode: 0o644, blob: sha256, offset: 0, size: 15 }
  const outputs = await put(host, { version: 1, files: [file] })
  const run = await host.queue({ jobs: [jobSpec('make', { outputs: ['f'] })] })
  await finish(host, run, outputs)
  const bounds = { ageMs: 30 * DAY, bytesMax: 1024 * 1024 }
  const sweep = (later: number) =>
    cacheReconciler({
      ...{ engine: host.engine, ...host.files, log: quiet, cacheBounds: bounds },
      now: () => Date.now() + later,
    }).reconcile('all', { fence: 1, signal: new AbortController().signal })

  await sweep(29 * DAY)
  for (const digest of [...old, ...young, stray]) assert.ok(await blobs.facts(digest))

  for await (const entry of cache.entries())
    if (entry.manifest === young.at(-1)) {
      const at = (Date.now() + 20 * DAY) / 1000
      utimesSync(`${host.folder}/files/cache/${entry.id}`, at, at)
    }
  // The first look removes, and comes again until there are no more runs to look at.
  await sweep(31 * DAY)
  const there = async (digests: readonly string[]) =>
    Promise.all(digests.map(async (digest) => (await blobs.facts(digest)) !== undefined))
  assert.deepEqual(await there(old), [false, true, false, false])
  assert.deepEqual(await there(young), [true, true, true, true])
  assert.equal(await cache.get('shop/main', 'old'), undefined)
  assert.ok(await cache.get('shop/main', 'young'))
  assert.deepEqual(await there([stray, outputs]), [false, false])
})

async function finish({ engine }: Host, run: string, outputs: string): Promise<void> {
  const at = { at: Date.now(), by: 'r' }
  const lease = { type: 'run.leaseJob', ...at, job: 'make', lease: 'l', runner: 'r' } as const
  await engine.execute(runs, run, { ...lease, expiresAt: at.at + 1000 }, { actor: SYSTEM })
  const end = { durationMs: 1, logBytes: 0, logCut: false, outcome: 'succeeded' } as const
  const done = { type: 'run.finishJob', ...at, job: 'make', attempt: 1, lease: 'l' } as const
  await engine.execute(runs, run, { ...done, ...end, outputs }, { actor: SYSTEM })
}
