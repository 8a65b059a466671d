/** A whole bundle: what is sealed by now, as files one after another, their sums last. */
import { createPublicKey, hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Reads } from '#engine/sql.ts'
import { Fault } from '#kernel/fault.ts'
import { GO_PROGRAM, readmeOf, VERIFY_SCRIPT, verifyGuideOf } from '../bundle/texts/guide.ts'
import { BUNDLE_FORMAT, type Manifest, PLACES } from '../bundle/layout.ts'
import { type Change, type Scope, writePopulation } from '../bundle/population.ts'
import { readCheckpoint } from '../log/checkpoint.ts'
import { keyOf, publicKeyOf, SIGNATURE_TYPE, writeVkey } from '../log/note.ts'
import type { LogKeys, ReleaseKeys } from '../ports.ts'
import type { Timestamping } from '../ports/timestamps.ts'
import {
  type AttestationsOf,
  type BundleFile,
  changeFilesOf,
  changesIn,
  CHANGES_MAX,
  type Gathering,
  logFilesOf,
  rangeOf,
} from './bundle.ts'
import { timestampFilesOf } from './bundle-timestamps.ts'
import { epochs, type LogFiles } from './log-reads.ts'
import { placesIn } from './places.ts'
import { oldestUnsealed, readHead } from './sealing.ts'

/** What was written before somebody asks is sealed by then, or the bundle says that it is not. */
const SEALED_WAITS = 50
const WAIT_MS = 100
/** Changes that are read side by side. */
const AT_ONCE = 16

export interface BundleNeeds {
  readonly files: LogFiles
  readonly keys: LogKeys
  readonly releaseKeys: ReleaseKeys
  readonly attestationsOf: AttestationsOf
  readonly policyText: string | undefined
  readonly timestamping?: Timestamping | undefined
}

export interface Prepared {
  readonly manifest: Manifest
  files(): AsyncGenerator<BundleFile>
}

export async function prepareBundle(
  at: { readonly database: Database; readonly reads: Reads; readonly now: number },
  needs: BundleNeeds,
  scope: Scope,
): Promise<Prepared> {
  const gathering = await gather(at, needs)
  const checkpoint = readCheckpoint(gathering.checkpoint)
  if ('why' in checkpoint) throw new Error(checkpoint.why)
  const { size, origin } = checkpoint
  const range = await rangeOf(gathering, scope, size)
  const changes = await changesIn(gathering, scope, range)
  if (changes.length > CHANGES_MAX)
    throw new Fault('evidence.too-many', `There are more than ${CHANGES_MAX} changes in it.`, {
      remedy: 'Export a shorter window, one after another.',
      retry: false,
    })
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    service: scope.service,
    environments: scope.environments,
    window: scope.window,
    origin,
    size,
    range,
    changes: changes.length,
    madeAt: new Date(at.now).toISOString(),
  }
  return { manifest, files: () => filesOf({ gathering, needs, manifest, changes }) }
}

async function gather(
  { database, reads, now }: Parameters<typeof prepareBundle>[0],
  needs: BundleNeeds,
): Promise<Gathering> {
  for (let waits = 0; ; waits++) {
    const head = await readHead(database)
    if (head?.checkpoint == null)
      throw new Fault('audit.not-begun', 'The audit log was not begun yet.', {
        remedy: 'A server that reconciles begins it: start one without --role api.',
      })
    const oldest = await oldestUnsealed(database, head.last)
    const { witnessed = null, witnessed_size: seen = 0 } = (await epochs(reads)).at(-1) ?? {}
    const isCosigned = needs.policyText === undefined || seen === head.size
    const isSealed = oldest === undefined || oldest > now
    if ((!isSealed || !isCosigned) && waits < SEALED_WAITS) {
      await sleep(WAIT_MS)
      continue
    }
    const checkpoint = witnessed !== null && seen > 0 ? witnessed : head.checkpoint
    const { files, attestationsOf } = needs
    return { database, reads, files, head, checkpoint, attestationsOf }
  }
}

interface Making {
  readonly gathering: Gathering
  readonly needs: BundleNeeds
  readonly manifest: Manifest
  readonly changes: readonly Change[]
}

async function* filesOf(making: Making): AsyncGenerator<BundleFile> {
  const sums: string[] = []
  for await (const file of unsummed(making)) {
    sums.push(`${hash('sha256', file.bytes, 'hex')}  ${file.path}\n`)
    yield file
  }
  yield text(PLACES.sums, sums.sort().join(''))
}

async function* unsummed({ gathering, needs, manifest, changes }: Making) {
  yield text(PLACES.manifest, `${JSON.stringify(manifest, null, 2)}\n`)
  yield text(PLACES.population, writePopulation(changes))
  yield text('README.md', readmeOf(manifest))
  yield text('VERIFY.md', verifyGuideOf(manifest))
  yield text('verify.sh', VERIFY_SCRIPT(manifest.origin))
  yield text('verify/main.go', GO_PROGRAM)
  yield* keyFiles(needs, manifest)
  yield* logFilesOf(gathering, manifest.range)
  yield* timestampFilesOf(gathering, manifest.range, needs)
  const places = await placesIn(gathering.database, gathering.head)
  // Most of the time of one is waiting for the database.
  for (let at = 0; at < changes.length; at += AT_ONCE) {
    const some = changes.slice(at, at + AT_ONCE)
    const made = some.map((change) =>
      Array.fromAsync(changeFilesOf(gathering, change, manifest.range, places)),
    )
    for (const files of await Promise.all(made)) yield* files
  }
}

async function* keyFiles({ keys, policyText, releaseKeys }: BundleNeeds, { origin }: Manifest) {
  const all = keys.signers.map(({ type, publicKey }) => keyOf(origin, type, publicKey))
  yield text(PLACES.logKeys, `${all.map(writeVkey).join('\n')}\n`)
  const plain = all.find(({ type }) => type === SIGNATURE_TYPE.ed25519)
  if (plain !== undefined) {
    const pem = publicKeyOf(plain).export({ type: 'spki', format: 'pem' })
    yield text('keys/log.pub.pem', pem.toString())
  }
  if (policyText !== undefined) yield text(PLACES.policy, policyText)
  const release = await releaseKeys()
  for (const [i, pem] of release.entries()) {
    if (i === 0) yield text('keys/release.pub.pem', pem)
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' })
    yield text(`keys/release-${hash('sha256', spki, 'hex').slice(0, 16)}.pub.pem`, pem)
  }
}

const text = (path: string, content: string): BundleFile => ({
  path,
  bytes: Buffer.from(content),
})
