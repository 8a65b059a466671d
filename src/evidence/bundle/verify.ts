/**
 * Checks a whole bundle, with nothing but what is in it and, better, the keys that its reader had
 * before: sums, log, population, every change, every attestation. And says what a change lacks.
 */
import { hash, type KeyObject } from 'node:crypto'
import { proves, readProof } from '../log/checkpoint.ts'
import { commitmentOf, type Header, readHeader } from '../log/entry.ts'
import { json, publicKeyNamed, readAttestation } from './attestations.ts'
import {
  BUNDLE_FORMAT,
  type BundleFiles,
  changePlace,
  type ChangeRecord,
  type Manifest,
  PLACES,
  proofPlace,
  type Revealed,
} from './layout.ts'
import { type Finding, owedBy } from './owed.ts'
import { changeIn, type Change, writePopulation } from './population.ts'
import { type Problem, type Trust, type VerifiedLog, verifyLog } from './verify-log.ts'
import { type SeenAt, verifyTimestamps } from './verify-timestamps.ts'

export interface BundleReport {
  readonly origin: string
  readonly size: number
  readonly keys: readonly string[]
  readonly witnesses: readonly string[]
  /** When authorities saw the log, and how much of it. */
  readonly timestamps: readonly SeenAt[]
  readonly changes: number
  readonly events: number
  readonly attestations: number
  readonly erased: number
  /** The last instant of which the log in it speaks; later changes may not be in it. */
  readonly until: string
  /** It cannot be believed. */
  readonly problems: readonly Problem[]
  /** It can, and says that this is not there. */
  readonly missing: readonly {
    readonly change: string
    readonly what: string
    readonly why: string
  }[]
}

/** More say nothing new, and the first are where to look. */
const PROBLEMS_MAX = 200

export function verifyBundle(files: BundleFiles, trust: Trust = {}): BundleReport {
  const manifest = json<Manifest>(files.read(PLACES.manifest)?.toString() ?? '')
  const summed = verifySums(files)
  if (manifest === undefined || !isManifest(manifest))
    return report({ problems: [...summed, noManifest] })
  const log = verifyLog(files, manifest, trust)
  const stamped = verifyTimestamps(files, log, trust.tsa)
  const population = recount(log, manifest)
  const problems = [
    ...summed,
    ...log.problems,
    ...stamped.problems,
    ...covers(log, manifest),
    ...compare(files, manifest, population),
  ]
  const keys = releaseKeys(files)
  const attested = attestationPaths(files)
  const seen = population.map((change) => verifyChange({ files, log, keys, attested }, change))
  return report({
    origin: manifest.origin,
    size: manifest.size,
    keys: log.keys.map(({ name, id }) => `${name}+${id}`),
    witnesses: log.witnesses,
    timestamps: stamped.timestamps,
    changes: population.length,
    events: seen.reduce((sum, { events }) => sum + events, 0),
    attestations: seen.reduce((sum, { attestations }) => sum + attestations, 0),
    erased: seen.reduce((sum, { erased }) => sum + erased, 0),
    until: log.headers.get(manifest.range.to - 1)?.recordedAt ?? '',
    problems: [...problems, ...seen.flatMap(({ problems }) => problems)].slice(0, PROBLEMS_MAX),
    missing: seen.flatMap(({ missing }) => missing),
  })
}

const noManifest = { where: PLACES.manifest, why: 'It is missing, or of another format.' }

const isManifest = ({ format, range, window, environments }: Manifest): boolean =>
  format === BUNDLE_FORMAT &&
  Number.isSafeInteger(range?.from) &&
  Number.isSafeInteger(range?.to) &&
  !Number.isNaN(Date.parse(window?.from)) &&
  !Number.isNaN(Date.parse(window?.to)) &&
  Array.isArray(environments)

function report(found: Partial<BundleReport>): BundleReport {
  const nothing = {
    origin: '',
    size: 0,
    changes: 0,
    events: 0,
    attestations: 0,
    erased: 0,
    until: '',
  }
  return {
    ...nothing,
    keys: [],
    witnesses: [],
    timestamps: [],
    problems: [],
    missing: [],
    ...found,
  }
}

function verifySums(files: BundleFiles): Problem[] {
  const text = files.read(PLACES.sums)?.toString()
  if (text === undefined) return [{ where: PLACES.sums, why: 'It is missing.' }]
  const problems: Problem[] = []
  const listed = new Set([PLACES.sums as string])
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, sum = '', path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    listed.add(path)
    const bytes = files.read(path)
    if (bytes === undefined) problems.push({ where: path || PLACES.sums, why: 'It is missing.' })
    else if (hash('sha256', bytes, 'hex') !== sum)
      problems.push({ where: path, why: 'It was changed after it was written.' })
  }
  for (const path of files.list())
    if (!listed.has(path)) problems.push({ where: path, why: `${PLACES.sums} does not know it.` })
  return problems
}

/** A range shorter than its window counts fewer changes, and each of them would be right. */
function covers({ headers, checkpoint }: VerifiedLog, { range, window }: Manifest): Problem[] {
  const at = (index: number) => Date.parse(headers.get(index)?.recordedAt ?? '')
  const problems: Problem[] = []
  if (range.from > 0 && !(at(range.from) < Date.parse(window.from)))
    problems.push({ where: PLACES.manifest, why: 'Its range begins after its window does.' })
  const isWhole = range.to === checkpoint?.size
  if (!isWhole && !(at(range.to - 1) >= Date.parse(window.to)))
    problems.push({ where: PLACES.manifest, why: 'Its range ends before its window does.' })
  return problems
}

function recount({ headers }: VerifiedLog, manifest: Manifest): Change[] {
  return [...headers]
    .filter(([index]) => index >= manifest.range.from && index < manifest.range.to)
    .flatMap(([index, header]) => changeIn(index, header, manifest) ?? [])
}

function compare(files: BundleFiles, manifest: Manifest, population: readonly Change[]): Problem[] {
  const problems: Problem[] = []
  const written = files.read(PLACES.population)?.toString()
  if (written !== writePopulation(population) || population.length !== manifest.changes)
    problems.push({
      where: PLACES.population,
      why: `The log counts ${population.length} changes, and this says something else.`,
    })
  const counted = new Set(population.map(({ deployment }) => deployment))
  const others = new Set(
    files.list().flatMap((path) => /^changes\/([^/]+)\//.exec(path)?.[1] ?? []),
  )
  for (const other of others)
    if (!counted.has(other))
      problems.push({ where: `changes/${other}`, why: 'The log knows no such change here.' })
  return problems
}

function releaseKeys(files: BundleFiles): ReadonlyMap<string, KeyObject> {
  const pems = files.list().filter((path) => /^keys\/release-[^/]+\.pub\.pem$/.test(path))
  return new Map(
    pems.flatMap((path) => {
      const named = publicKeyNamed(files.read(path)?.toString() ?? '')
      return named === undefined ? [] : [named]
    }),
  )
}

interface Around {
  readonly files: BundleFiles
  readonly log: VerifiedLog
  readonly keys: ReadonlyMap<string, KeyObject>
  /** Paths, by deployment. */
  readonly attested: ReadonlyMap<string, readonly string[]>
}

function attestationPaths(files: BundleFiles): ReadonlyMap<string, readonly string[]> {
  const paths = files.list().filter((path) => /^changes\/[^/]+\/.*\.sigstore\.json$/.test(path))
  return Map.groupBy(paths, (path) => path.split('/')[1] ?? '')
}

function verifyChange(around: Around, change: Change) {
  const { files } = around
  const place = changePlace(change.deployment, 'record.json')
  const problems: Problem[] = []
  const record = json<ChangeRecord>(files.read(place)?.toString() ?? '')
  if (record === undefined || !Array.isArray(record.events)) {
    const missing = [
      { change: change.deployment, what: 'record', why: 'There is no record of it.' },
    ]
    problems.push({ where: place, why: 'It is missing, or no record.' })
    return { events: 0, attestations: 0, erased: 0, problems, missing }
  }
  const proven = record.events.filter((event) => {
    const why = doubt(around, change.deployment, event)
    if (why !== undefined) problems.push({ where: `${place}, event ${event.index}`, why })
    return why === undefined
  })
  if (!proven.some(({ index }) => index === change.index))
    problems.push({ where: place, why: `It does not hold entry ${change.index}, its own end.` })
  const attested = attestationsOf(around, change, problems)
  const missing = [...owedBy(proven, attested).filter(({ state }) => state === 'missing')].map(
    ({ what, detail }: Finding) => ({ change: change.deployment, what, why: detail }),
  )
  const gaps = (record.gaps ?? []).map((why) => ({
    change: change.deployment,
    what: 'events',
    why,
  }))
  const erased = proven.filter(({ salt }) => salt === null).length
  const events = proven.length
  return { events, attestations: attested.length, erased, problems, missing: [...missing, ...gaps] }
}

/** Why the event is not what the log says; undefined: it is. */
function doubt(around: Around, deployment: string, event: Revealed): string | undefined {
  const header = around.log.headers.get(event.index) ?? provenHeader(around, deployment, event)
  if (header === undefined) return 'Nothing proves that the log holds it.'
  if (
    header.type !== event.type ||
    header.streamSeq !== event.streamSeq ||
    header.stream !== event.stream
  )
    return 'The log has another event there.'
  if (event.salt === null) return undefined
  const salt = Buffer.from(event.salt, 'base64')
  return commitmentOf(salt, event.data) === header.dataDigest
    ? undefined
    : 'It says something else than was sealed.'
}

function provenHeader(
  { files, log }: Around,
  deployment: string,
  { index, header }: Revealed,
): Header | undefined {
  const proof = readProof(files.read(proofPlace(deployment, index))?.toString() ?? '')
  if (header === undefined || 'why' in proof || log.checkpoint === undefined) return undefined
  const isOurs =
    proof.index === index &&
    proof.checkpoint.size === log.checkpoint.size &&
    proof.checkpoint.origin === log.checkpoint.origin &&
    proof.checkpoint.root.equals(log.checkpoint.root)
  return isOurs && proves(proof, Buffer.from(header)) ? readHeader(Buffer.from(header)) : undefined
}

function attestationsOf(
  { files, keys, attested }: Around,
  { deployment, artifact }: Change,
  problems: Problem[],
): string[] {
  const types: string[] = []
  for (const path of attested.get(deployment) ?? []) {
    const read = readAttestation(files.read(path)?.toString() ?? '', keys)
    if ('why' in read) problems.push({ where: path, why: `${read.why}.` })
    else if (!read.subjects.includes(artifact))
      problems.push({ where: path, why: 'It is about another artifact.' })
    else types.push(read.predicateType)
  }
  return types
}
