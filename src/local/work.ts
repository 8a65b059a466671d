/** One job of a run on this machine: found, or worked as a runner works it and then kept. */
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import type { JobEnd } from '../runner/client.ts'
import type { Kit } from '../runner/job-context.ts'
import { workJob } from '../runner/job.ts'
import type { Transfer } from '../runner/transfer.ts'
import { localClient } from './client.ts'
import { contentKey, type Definition, definitionOf, type KeyMaker } from './keys.ts'
import { learnOutputs, restoreInto } from './outputs.ts'
import type { Kept, LocalStore } from './store.ts'

export interface WorkNeeds extends KeyMaker {
  readonly kit: Kit
  readonly store: LocalStore
  readonly isCacheRead: boolean
  /** Of this run; logs lie below. */
  readonly runFolder: string
  readonly signal: AbortSignal
  onBegin(job: string): void
  onLog(job: string, bytes: Uint8Array): void
}

export type Hit = 'definition' | 'content'

export interface Worked {
  readonly end: JobEnd
  readonly hit?: { readonly by: Hit; readonly savedMs: number }
  readonly log?: string
}

interface Keys {
  readonly definition: Definition
  readonly content: string
}

export function makeWork(needs: WorkNeeds): (leased: LeasedJob) => Promise<Worked> {
  const known = new Map<string, Definition | undefined>()
  return async (leased) => {
    const startedAt = performance.now()
    const definition = await definitionOf(needs, leased, known)
    const keys = definition && { definition, content: contentKey(leased, definition) }
    const found = keys && (await find(needs, leased, keys))
    if (found !== undefined) {
      const durationMs = performance.now() - startedAt
      return { ...found, end: { ...found.end, durationMs } }
    }
    return make(needs, leased, keys)
  }
}

/** By definition first: then all before it is as it was. By content: it came to the same. */
async function find(needs: WorkNeeds, leased: LeasedJob, keys: Keys): Promise<Worked | undefined> {
  const { store, isCacheRead } = needs
  if (!isCacheRead) return undefined
  const defined = store.byDefinition(keys.definition.key)
  const isSame = defined !== undefined && isOfThese(defined, leased)
  const kept = isSame ? defined : store.byContent(keys.content)
  if (kept === undefined) return undefined
  const { outputs, results, tests } = kept.manifest
  if (!(await isRestored(needs, leased, kept))) return undefined
  // Its definition is another, and comes to the same: next time that is known at once.
  if (!isSame) store.keep(keptAs(leased, keys, kept), partsText(keys))
  else store.use(kept, Date.now())
  const end = { outcome: 'cached', cacheKey: keys.content, outputs, results, tests } as const
  return {
    end: { ...end, durationMs: 0, logBytes: 0, logCut: false },
    hit: { by: isSame ? 'definition' : 'content', savedMs: kept.tookMs },
  }
}

const isOfThese = ({ needs }: Kept, leased: LeasedJob): boolean =>
  leased.needs.length === Object.keys(needs).length &&
  leased.needs.every(({ job, outputs }) => needs[job] === outputs)

/** What cannot be restored whole is forgotten, and made again. */
async function isRestored(needs: WorkNeeds, leased: LeasedJob, kept: Kept): Promise<boolean> {
  const { kit, store, tree, folder } = needs
  const { outputs } = kept.manifest
  if (outputs === undefined) return true
  try {
    const about = { pool: kit.pools(leased.service), isWritable: false }
    const place = { move: transferOf(needs), folder, tree }
    tree.own(leased.job.name, await restoreInto(place, outputs, about))
    return true
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    store.drop(kept)
    return false
  }
}

function transferOf({ kit, signal }: WorkNeeds): Transfer {
  const deaf = { log: '', onLog: () => {}, onCache: () => {}, isCancelled: () => false }
  return { client: localClient(kit.blobs, deaf), blobs: kit.blobs, signal }
}

async function make(needs: WorkNeeds, leased: LeasedJob, keys: Keys | undefined): Promise<Worked> {
  const { tree, folder, signal } = needs
  const { name } = leased.job
  const log = join(needs.runFolder, 'logs', `${name}.${leased.attempt}.log`)
  let isKept = false
  const hearing = {
    log,
    onLog: (bytes: Uint8Array) => needs.onLog(name, bytes),
    onCache: () => (isKept = true),
    isCancelled: () => signal.aborted,
    shard: leased.job.leg?.shard,
  }
  const keyOf = () => Promise.resolve(keys?.content)
  const kit: Kit = {
    ...needs.kit,
    client: () => localClient(needs.kit.blobs, hearing),
    place: { ...needs.kit.place, keyOf },
  }
  needs.onBegin(name)
  tree.clear(folder, name)
  const end = (await workJob(kit, leased)) ?? lost()
  if (end.outputs !== undefined)
    await learnOutputs({ move: transferOf(needs), folder, tree }, name, end.outputs)
  if (keys === undefined) return { end, log }
  const made = { ...end, cacheKey: keys.content }
  const { outputs, results, tests } = end
  const took = { manifest: { outputs, results, tests }, tookMs: end.durationMs }
  if (isKept) needs.store.keep(keptAs(leased, keys, took), partsText(keys))
  return { end: made, log }
}

const partsText = ({ definition }: Keys) => JSON.stringify(definition.parts)

function keptAs(
  leased: LeasedJob,
  { definition, content }: Keys,
  took: Pick<Kept, 'manifest' | 'tookMs'>,
): Kept {
  const { manifest, tookMs } = took
  return {
    job: leased.job.name,
    content,
    ...(definition.key !== undefined && { definition: definition.key }),
    needs: Object.fromEntries(leased.needs.map(({ job, outputs }) => [job, outputs])),
    manifest,
    tookMs,
    at: Date.now(),
  }
}

const lost = (): JobEnd => ({
  ...{ outcome: 'lost', reason: 'lost.runner', durationMs: 0, logBytes: 0, logCut: false },
})
