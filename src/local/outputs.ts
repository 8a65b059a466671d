/** Outputs of jobs in a person's tree: put there where they are missing, known where they are. */
import type { Entry } from '../pipelines/protocol/outputs.ts'
import type { JobContext, Kit } from '../runner/job-context.ts'
import { readManifest } from '../runner/manifest.ts'
import { restoreFiles } from '../runner/restore-files.ts'
import { fetchBytes, type Transfer } from '../runner/transfer.ts'
import type { Tree } from './tree.ts'

interface Place {
  readonly move: Transfer
  /** Of the service. */
  readonly folder: string
  readonly tree: Tree
}

/** Throws Fault `blob.missing`, `blob.damaged`, `runner.manifest-unreadable`. */
export async function restoreInto(
  { move, folder, tree }: Place,
  outputs: string,
  about: { readonly pool?: ReturnType<Kit['pools']>; readonly isWritable: boolean },
): Promise<readonly Entry[]> {
  const entries = readManifest(await fetchBytes(move, outputs))
  const isThere = (entry: Entry) => tree.has(folder, entry, about)
  if (entries.every(isThere)) return entries
  await restoreFiles(move, folder, outputs, { ...about, isThere })
  tree.learn(folder, entries)
  return entries
}

/** A job that mutates gets what it may write to; the others what they are lent. */
export async function handOver(
  { kit, leased, move }: JobContext,
  folder: string,
  tree: Tree,
): Promise<void> {
  const isWritable = leased.job.mutates === true
  const how = isWritable ? { isWritable } : { isWritable, pool: kit.pools(leased.service) }
  for (const { outputs } of leased.needs) await restoreInto({ move, folder, tree }, outputs, how)
}

/** What a job has just made. */
export async function learnOutputs(
  { move, folder, tree }: Place,
  job: string,
  outputs: string,
): Promise<void> {
  const entries = readManifest(await fetchBytes(move, outputs))
  tree.learn(folder, entries)
  tree.own(job, entries)
}
