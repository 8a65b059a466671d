/**
 * What runs on this machine have kept: a line for each job that was made, under its key by
 * definition and its key by content, with what both were made of. One file that is only added to;
 * a line that a killed run left half written is not there.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { cacheManifest } from '../pipelines/protocol/outputs.ts'

/** Beyond it, older half is forgotten. */
const ENTRIES_MAX = 20_000

const entry = z.object({
  job: z.string(),
  content: z.string(),
  /** Absent when a need is not cached, so that its outputs are only known once it has run. */
  definition: z.string().optional(),
  /** Job to the digest of its outputs. */
  needs: z.record(z.string(), z.string()),
  manifest: cacheManifest.omit({ version: true }),
  tookMs: z.number(),
  at: z.number(),
  /** A blob: what the key by definition is made of. */
  parts: z.string(),
})
const used = z.object({ used: z.string(), at: z.number() })
const line = z.union([entry, used])

export type Kept = z.infer<typeof entry>

export interface LocalStore {
  byDefinition(key: string | undefined): Kept | undefined
  byContent(key: string): Kept | undefined
  /** The one that was made or used last. */
  lastOf(job: string): Kept | undefined
  keep(entry: Kept): void
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
  const learn = (kept: Kept) => {
    byContent.set(kept.content, kept)
    if (kept.definition !== undefined) byDefinition.set(kept.definition, kept)
    last.set(kept.job, kept)
  }
  const entries = readLines(file)
  for (const one of entries)
    if ('job' in one) learn(one)
    else {
      const kept = byContent.get(one.used)
      if (kept !== undefined) last.set(kept.job, { ...kept, at: one.at })
    }
  if (entries.length > ENTRIES_MAX) compact(file, [...byContent.values()])
  const uses: string[] = []
  const append = (value: object) => appendFileSync(file, `${JSON.stringify(value)}\n`)
  return {
    byDefinition: (key) => (key === undefined ? undefined : byDefinition.get(key)),
    byContent: (key) => byContent.get(key),
    lastOf: (job) => last.get(job),
    keep(kept) {
      learn(kept)
      append(kept)
    },
    drop({ content, definition }) {
      byContent.delete(content)
      if (definition !== undefined) byDefinition.delete(definition)
    },
    use(kept, at) {
      last.set(kept.job, kept)
      uses.push(`${JSON.stringify({ used: kept.content, at })}\n`)
    },
    close() {
      if (uses.length > 0) appendFileSync(file, uses.splice(0).join(''))
    },
  }
}

function readLines(file: string): z.infer<typeof line>[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      if (text === '') return []
      try {
        const read = line.safeParse(JSON.parse(text))
        return read.success ? [read.data] : []
      } catch {
        return []
      }
    })
}

function compact(file: string, entries: readonly Kept[]): void {
  const young = entries.toSorted((a, b) => b.at - a.at).slice(0, ENTRIES_MAX / 2)
  const text = young.toReversed().map((one) => `${JSON.stringify(one)}\n`)
  writeFileSync(`${file}.next`, text.join(''))
  renameSync(`${file}.next`, file)
}
