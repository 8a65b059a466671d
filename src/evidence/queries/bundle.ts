/**
 * A bundle, file by file, as it is read out of the log: the range without a gap, and for each of
 * its changes the events of everything that led there, each with its salt.
 */
import { artifactNamed } from '#artifacts/queries.ts'
import type { Database, Reads } from '#engine/sql.ts'
import { recordedChecks } from '#gates/queries/records.ts'
import { releaseNamed } from '#releases/queries.ts'
import { deploymentNamed } from '#rollouts/queries.ts'
import {
  changePlace,
  type ChangeRecord,
  type Manifest,
  PLACES,
  proofPlace,
  type Revealed,
} from '../bundle/layout.ts'
import { type Change, changeIn, type Scope } from '../bundle/population.ts'
import { tilesOfBundle } from '../bundle/verify-log.ts'
import { readCheckpoint, writeHashes, writeProof } from '../log/checkpoint.ts'
import { readHeader } from '../log/entry.ts'
import {
  consistencyProof,
  consistencyRanges,
  inclusionProof,
  inclusionRanges,
} from '../log/merkle.ts'
import { bundleHolding, entriesIn, entryIn, TILE_WIDTH, tilePath } from '../log/tiles.ts'
import { bundleAt, checkpointBefore, eventsOf, type LogFiles, subtreesFor } from './log-reads.ts'
import { placesIn, type PlaceOf } from './places.ts'
import type { Head, Unsealed } from './sealing.ts'

export interface BundleFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Attestations of an artifact, sigstore bundles each. */
export type AttestationsOf = (artifact: string) => Promise<readonly string[]>

export interface Gathering {
  readonly database: Database
  readonly reads: Reads
  readonly files: LogFiles
  readonly head: Head
  /** What is proven against: it may be older than the head, and cosigned. */
  readonly checkpoint: string
  readonly attestationsOf: AttestationsOf
}

/** Written down that much later than it happened at most. */
const SLACK_MS = 60 * 60 * 1000
/** A change of more events was not made by people. */
const EVENTS_MAX = 5_000
export const CHANGES_MAX = 20_000

export async function rangeOf(
  { database, head }: Gathering,
  { window }: Scope,
  size: number,
): Promise<Manifest['range']> {
  const from = await bundleAt(database, head, Date.parse(window.from) - SLACK_MS)
  const last = await bundleAt(database, head, Date.parse(window.to) + SLACK_MS)
  // What lies in the partial bundle is younger than every whole one, and may be of the window too.
  const isNewest = (last + 1) * TILE_WIDTH >= head.size - head.sources.length
  const to = isNewest ? size : (last + 1) * TILE_WIDTH
  return { from: from * TILE_WIDTH, to: Math.min(size, to) }
}

/** The changes that the range of the log counts. */
export async function changesIn(
  { files, head }: Gathering,
  scope: Scope,
  { from, to }: Manifest['range'],
): Promise<Change[]> {
  const found: Change[] = []
  for (let at = from; at < to && found.length <= CHANGES_MAX; at += TILE_WIDTH) {
    const bundle = await files.read(head, bundleHolding(at, head.size))
    for (const [i, entry] of (entriesIn(bundle ?? Buffer.alloc(0)) ?? []).entries()) {
      const header = at + i < to ? readHeader(entry) : undefined
      const change = header && changeIn(at + i, header, scope)
      if (change !== undefined) found.push(change)
    }
  }
  return found
}

/** The log's own files: what makes the root, and the range. */
export async function* logFilesOf(
  gathering: Gathering,
  range: Manifest['range'],
): AsyncGenerator<BundleFile> {
  const { files, head, reads, checkpoint } = gathering
  const read = readCheckpoint(checkpoint)
  if ('why' in read) throw new Error(read.why)
  yield { path: PLACES.checkpoint, bytes: Buffer.from(checkpoint) }
  for (const name of tilesOfBundle(read.size, range)) {
    const bytes = await files.read(head, name)
    if (bytes === undefined) throw new Error(`${tilePath(name)} of the audit log is missing`)
    yield { path: `log/${tilePath(name)}`, bytes }
  }
  const previous = await checkpointBefore(reads, head.epoch, range.from)
  const before = previous === undefined ? undefined : readCheckpoint(previous)
  if (previous === undefined || before === undefined || 'why' in before) return
  const ranges = consistencyRanges(before.size, read.size)
  const subtree = await subtreesFor(files, head, ranges, read.size)
  const proof = consistencyProof(before.size, read.size, subtree)
  yield { path: PLACES.previous, bytes: Buffer.from(previous) }
  yield {
    path: PLACES.consistency,
    bytes: Buffer.from(`old ${before.size}\n${writeHashes(proof)}`),
  }
}

export async function* changeFilesOf(
  gathering: Gathering,
  change: Change,
  range: Manifest['range'],
  places?: PlaceOf,
): AsyncGenerator<BundleFile> {
  const placeOf = places ?? (await placesIn(gathering.database, gathering.head))
  const { streams, gaps } = await streamsOf(gathering.reads, change)
  const events = await eventsOf(gathering.database, streams, EVENTS_MAX)
  const read = readCheckpoint(gathering.checkpoint)
  if ('why' in read) throw new Error(read.why)
  const revealed: Revealed[] = []
  for (const event of events) {
    const index = await placeOf(event)
    if (index === undefined || index >= read.size) {
      gaps.push(`${event.stream} ${event.version} is not sealed in this checkpoint`)
      continue
    }
    const one = await revealedOf(gathering, event, index)
    const isInside = index >= range.from && index < range.to
    revealed.push(isInside ? one.event : { ...one.event, header: one.header })
    if (!isInside) yield await proofFile(gathering, change.deployment, index, read.size)
  }
  const record: ChangeRecord = { deployment: change.deployment, events: revealed, gaps }
  yield {
    path: changePlace(change.deployment, 'record.json'),
    bytes: Buffer.from(`${JSON.stringify(record)}\n`),
  }
  const attestations = await gathering.attestationsOf(change.artifact)
  for (const [i, text] of attestations.entries())
    yield {
      path: changePlace(change.deployment, `attestation-${i + 1}.sigstore.json`),
      bytes: Buffer.from(text),
    }
}

/** Everything that led there, as the views know it; the log proves each by itself. */
async function streamsOf(reads: Reads, { deployment, release, artifact, sha }: Change) {
  const gaps: string[] = []
  const [row, made, built] = await Promise.all([
    deploymentNamed(reads, deployment),
    releaseNamed(reads, release),
    artifactNamed(reads, artifact),
  ])
  if (made === undefined) gaps.push(`release ${release} is not known`)
  if (built === undefined) gaps.push(`artifact ${artifact} is not known`)
  const service = row?.service ?? ''
  const checks = await recordedChecks(reads, { service, artifact, sha })
  const streams = [
    `deployment-${deployment}`,
    ...(row?.promotion == null ? [] : [`promotion-${row.promotion}`]),
    `release-${release}`,
    `artifact-${artifact}`,
    ...(built === undefined ? [] : [`run-${built.run}`]),
    ...checks.map(({ record }) => `record-${record}`),
  ]
  return { streams, gaps }
}

/** As it was sealed, whatever became of the event since. */
async function revealedOf({ files, head }: Gathering, event: Unsealed, index: number) {
  const bundle = await files.read(head, bundleHolding(index, head.size))
  const entry = entryIn(bundle ?? Buffer.alloc(0), index % TILE_WIDTH) ?? Buffer.alloc(0)
  const { type, version: streamSeq, salt, data } = event
  const stream = readHeader(entry)?.stream ?? event.stream
  const encoded = salt?.toString('base64') ?? null
  return {
    header: entry.toString(),
    event: { index, type, stream, streamSeq, salt: encoded, data },
  }
}

async function proofFile(
  { files, head, checkpoint }: Gathering,
  deployment: string,
  index: number,
  size: number,
): Promise<BundleFile> {
  const ranges = inclusionRanges(index, size)
  const subtree = await subtreesFor(files, head, ranges, size)
  const proof = writeProof(index, inclusionProof(index, size, subtree), checkpoint)
  return { path: proofPlace(deployment, index), bytes: Buffer.from(proof) }
}
