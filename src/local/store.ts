/**
 * What runs on this machine have kept: a line for each job that was made, under its key by
 * definition and its key by content, with what both were made of. One file that is only added to;
 * a line that a killed run left half written is not there.
 *
 * What the key by definition is made of stands behind the entry, after a tab, and is read only when
 * somebody asks what differs: it is longer than all the rest.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type { CacheManifest } from '../pipelines/protocol/outputs.ts'

/** Beyond it, older half is forgotten. */
const ENTRIES_MAX = 20_000

export interface Kept {
  readonly job: string
  readonly content: string
  /** Absent when a need is not cached, so that its outputs are only known once it has run. */
  readonly definition?: string
  /** Job to the digest of its outputs. */
  readonly needs: Readonly<Record<string, string>>
  readonly manifest: Omit<CacheManifest, 'version'>
  readonly tookMs: number
  readonly at: number
}

interface Used {
  readonly used: string
  readonly at: number
}

export interface LocalStore {
  byDefinition(key: string | undefined): Kept | undefined
  byContent(key: string): Kept | undefined
  /** The one that was made or used last. */
  lastOf(job: string): Kept | undefined
  /** `parts`: of its key by definition, as JSON. */
  keep(entry: Kept, parts: string): void
  partsOf(entry: Kept): string | undefined
  /** It was found damaged, or part of it is gone. */
  drop(entry: Kept): void
  use(entry: Kept, at: number): void
  /** What was used is noted at the end, all at once. */
  close(): void
}

export function openLocalStore(file: string): LocalStore {
  const byDefinition = new Map<string, Kept>()
  const byContent = new Map<string, Kept>()
  const last = new Map<string, Kept>()
  const partsBy = new Map<string, string>()
  const learn = (kept: Kept, parts: string) => {
    byContent.set(kept.content, kept)
    if (kept.definition !== undefined) byDefinition.set(kept.definition, kept)
    last.set(kept.job, kept)
    partsBy.set(partsKey(kept), parts)
  }
  const entries = readLines(file)
  for (const { one, parts } of entries)
    if ('job' in one) learn(one, parts)
    else {
      const kept = byContent.get(one.used)
      if (kept !== undefined) last.set(kept.job, { ...kept, at: one.at })
    }
  const textOf = (kept: Kept) => `${JSON.stringify(kept)}\t${partsBy.get(partsKey(kept)) ?? ''}\n`
  if (entries.length > ENTRIES_MAX) compact(file, [...byContent.values()], textOf)
  const uses: string[] = []
  let fd: number | undefined
  const append = (text: string) => writeSync((fd ??= openSync(file, 'a')), text)
  return {
    byDefinition: (key) => (key === undefined ? undefined : byDefinition.get(key)),
    byContent: (key) => byContent.get(key),
    lastOf: (job) => last.get(job),
    keep(kept, parts) {
      learn(kept, parts)
      append(textOf(kept))
    },
    partsOf: (kept) => partsBy.get(partsKey(kept)),
    drop({ content, definition }) {
      byContent.delete(content)
      if (definition !== undefined) byDefinition.delete(definition)
    },
    use(kept, at) {
      last.set(kept.job, kept)
      uses.push(`${JSON.stringify({ used: kept.content, at })}\n`)
    },
    close() {
      if (uses.length > 0) append(uses.splice(0).join(''))
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}

/** Of one content there may be several definitions. */
const partsKey = ({ definition, content }: Kept) => definition ?? content

interface Line {
  readonly one: Kept | Used
  readonly parts: string
}

function readLines(file: string): Line[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      if (text === '') return []
      const tab = text.indexOf('\t')
      const [own, parts] = tab < 0 ? [text, ''] : [text.slice(0, tab), text.slice(tab + 1)]
      try {
        const one = JSON.parse(own) as unknown
        return isKept(one) || isUsed(one) ? [{ one, parts }] : []
      } catch {
        return []
      }
    })
}

/** By hand: there may be thousands, before the first job is found. */
function isKept(one: unknown): one is Kept {
  const { job, content, definition, needs, manifest, tookMs, at } = one as Partial<Kept>
  return (
    typeof job === 'string' &&
    typeof content === 'string' &&
    (definition === undefined || typeof definition === 'string') &&
    isRecord(needs) &&
    isRecord(manifest) &&
    isDigest(manifest.outputs) &&
    typeof tookMs === 'number' &&
    typeof at === 'number'
  )
}

const isUsed = (one: unknown): one is Used =>
  typeof (one as Partial<Used>).used === 'string' && typeof (one as Partial<Used>).at === 'number'

/** A name that leads nowhere else. */
const isDigest = (outputs: unknown) =>
  outputs === undefined || /^sha256:[0-9a-f]{64}$/.test(String(outputs))

const isRecord = <T>(value: T): value is T & object => typeof value === 'object' && value !== null

function compact(file: string, entries: readonly Kept[], textOf: (kept: Kept) => string): void {
  const young = entries.toSorted((a, b) => b.at - a.at).slice(0, ENTRIES_MAX / 2)
  writeFileSync(`${file}.next`, young.toReversed().map(textOf).join(''))
  renameSync(`${file}.next`, file)
}
