/**
 * Blobs, the task cache and job logs in plain folders: what one machine needs, and what a person
 * can look into with `ls` and `cat`. Several processes may share the folder.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunLogs } from '#evidence/ports/run-logs.ts'
import type { ArtifactFiles, BlobStore, CacheIndex, LogStore } from '#pipelines/ports.ts'
import { onDisk } from '../shared/disk-fault.ts'
import { sweepTemporary } from '../shared/durable-file.ts'
import { makeArtifactFiles } from './artifact-files.ts'
import { makeBlobStore } from './blob-store.ts'
import { makeCacheIndex } from './cache-index.ts'
import { makeLogStore } from './log-store.ts'
import { makeRunLogs } from './run-logs.ts'

export interface Files {
  readonly blobs: BlobStore
  readonly cache: CacheIndex
  /** What runs keep for people. */
  readonly kept: ArtifactFiles
  readonly logs: LogStore
  /** The same, a run at a time. */
  readonly runLogs: RunLogs
}

/** Makes `blobs/`, `artifacts/`, `cache/` and `logs/` there. Throws Fault `files.unusable`. */
export function openFiles(folder: string): Promise<Files> {
  const codes = { noSpace: 'files.no-space', unusable: 'files.unusable' } as const
  return onDisk(codes, folder, async () => {
    // One folder for what is not finished, on the same disk as where it goes.
    const temporary = join(folder, 'unfinished')
    await mkdir(temporary, { recursive: true })
    await sweepTemporary(temporary)
    return {
      blobs: makeBlobStore({ folder: join(folder, 'blobs'), temporary }),
      cache: makeCacheIndex({ folder: join(folder, 'cache'), temporary }),
      kept: makeArtifactFiles({ folder: join(folder, 'artifacts'), temporary }),
      logs: makeLogStore(join(folder, 'logs')),
      runLogs: makeRunLogs({ folder: join(folder, 'logs'), temporary }),
    }
  })
}
