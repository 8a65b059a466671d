/**
 * The logs of a run as one: what they are, and their end. A log that was dropped is a file still,
 * of one line that says so; whoever opens it later learns why, wherever they look from.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { LogFacts, RunLogs } from '#evidence/ports/run-logs.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { writeDurably } from '../shared/durable-file.ts'
import { folderOfRun, LOG_DISK } from './log-store.ts'

export function makeRunLogs(about: {
  readonly folder: string
  readonly temporary: string
}): RunLogs {
  const { folder, temporary } = about
  const guarded = <T>(work: () => Promise<T>) => onDisk(LOG_DISK, folder, work)
  return {
    factsOf: (run) =>
      guarded(async () => {
        const place = join(folder, folderOfRun(run))
        const facts: LogFacts[] = []
        for (const file of await logsIn(place)) facts.push(await factsOf(place, file))
        return facts
      }),
    drop: (run, words) =>
      guarded(async () => {
        const place = join(folder, folderOfRun(run))
        for (const file of await logsIn(place)) {
          await writeDurably(join(place, file), `${words}\n`, { temporary })
          await rm(join(place, file.replace(/\.log$/, '.lines')), { force: true })
        }
      }),
  }
}

async function logsIn(place: string): Promise<readonly string[]> {
  const names = (await readdir(place).catch(unlessAbsent)) ?? []
  return names.filter((name) => name.endsWith('.log')).toSorted()
}

async function factsOf(place: string, file: string): Promise<LogFacts> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(join(place, file)), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
    }
  })
  return { file, bytes, digest: `sha256:${hash.digest('hex')}` }
}
