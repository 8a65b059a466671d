/**
 * What a runner knows of one job, on disk before it matters: whoever finds the folder after a crash
 * can go on with the job, or tell the server that it is lost. It lies out of the job's sight, for
 * it holds the lease.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { leasedJob } from './client.ts'

const FILE = 'journal'

/** The command is about to run, or runs, or has run. */
const begun = z.object({
  startedAt: z.number(),
  /** Of the service, absolute. */
  folder: z.string(),
  cacheKey: z.string().optional(),
  isSandboxed: z.boolean(),
  /** Bytes of the log before its first output; the rest can be made again from that. */
  logBytes: z.int().min(0),
  /** Test reports that were there before it, with what tells their versions apart. */
  reports: z.array(z.tuple([z.string(), z.string()])),
})
const journal = z.object({
  version: z.literal(1),
  leasedAt: z.number(),
  leased: leasedJob,
  command: begun.optional(),
})

export type Begun = z.infer<typeof begun>
export interface Journal {
  readonly leasedAt: number
  readonly leased: LeasedJob
  readonly command?: Begun | undefined
}

export function writeJournal(state: string, entry: Journal): void {
  const next = join(state, `${FILE}.next`)
  writeFileSync(next, JSON.stringify({ version: 1, ...entry }), { mode: 0o600 })
  renameSync(next, join(state, FILE))
}

/** Undefined when there is none, or one that another version of this program wrote. */
export function readJournal(state: string): Journal | undefined {
  try {
    return journal.parse(JSON.parse(readFileSync(join(state, FILE), 'utf8')))
  } catch {
    return undefined
  }
}
