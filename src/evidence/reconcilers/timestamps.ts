/**
 * Shows the newest checkpoint to timestamp authorities, as often as the operator wants it. Nothing
 * waits for them: sealing is another loop, and an authority that is away is asked again later.
 */
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { readCheckpoint } from '../log/checkpoint.ts'
import type { LogStore } from '../ports.ts'
import type { TimestampAuthority, Timestamping } from '../ports/timestamps.ts'
import { epochs } from '../queries/log-reads.ts'
import { lastTimestamp, type TimestampRow } from '../queries/timestamps.ts'
import { timestampId, timestamps } from '../timestamps/timestamp.ts'
import { inEpoch } from './seal.ts'

export interface TimestampNeeds {
  readonly engine: Engine
  readonly store: LogStore
  readonly timestamping: Timestamping
  readonly log: Logger
  now(): number
}

export const TIMESTAMP_KIND = 'timestamp'
/** An authority that is away for an hour is asked six times; one for a week does not mind us. */
const RETRY_MS = 10 * 60_000
/** The log has no checkpoint yet: it will, within a second. */
const SOON_MS = 2_000

export function timestampKeeper(needs: TimestampNeeds): Reconciler {
  return defineReconciler({
    kind: TIMESTAMP_KIND,
    concurrency: 1,
    hears: [],
    wokenBy: () => [],
    async reconcile(name) {
      const authority = needs.timestamping.authorities.find((each) => each.name === name)
      // It was taken out of the operator's file.
      if (authority === undefined) return undefined
      return { at: await lookedAfter(needs, authority) }
    },
  })
}

/** Answers when to look again. */
async function lookedAfter(needs: TimestampNeeds, authority: TimestampAuthority): Promise<number> {
  const { engine, timestamping, now } = needs
  const last = await lastTimestamp(engine.reads, authority.name)
  // Whoever received it may have died before it lay beside the checkpoint.
  if (last !== undefined) await publish(needs.store, last)
  const newest = await newestCheckpoint(engine)
  if (newest === undefined) return now() + SOON_MS
  const dueAt = last === undefined ? now() : last.seenAt + timestamping.everyMs
  if (now() < dueAt) return dueAt
  if (last?.epoch === newest.epoch && last.size === newest.size) return now() + RETRY_MS
  try {
    await stamp(needs, authority, newest)
    return now() + timestamping.everyMs
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    needs.log.warn({ err: error, authority: authority.name }, 'no timestamp of the audit log')
    return now() + RETRY_MS
  }
}

interface Newest {
  readonly epoch: number
  readonly size: number
  readonly checkpoint: string
}

/** What is published: with witnesses, what they cosigned. */
async function newestCheckpoint(engine: Engine): Promise<Newest | undefined> {
  const row = (await epochs(engine.reads)).at(-1)
  const checkpoint = row?.witnessed ?? row?.checkpoint
  const read = checkpoint == null ? undefined : readCheckpoint(checkpoint)
  if (row === undefined || checkpoint == null || read === undefined || 'why' in read)
    return undefined
  return { epoch: row.epoch, size: read.size, checkpoint }
}

async function stamp(
  { engine, store, now }: TimestampNeeds,
  authority: TimestampAuthority,
  { epoch, size, checkpoint }: Newest,
): Promise<void> {
  const { reply, at: seenAt } = await authority.stamp(Buffer.from(checkpoint))
  const of = { authority: authority.name, epoch, size }
  await engine.execute(
    timestamps,
    timestampId(of),
    {
      type: 'timestamp.receive',
      ...{ at: now(), by: SYSTEM.id, ...of },
      ...{ checkpoint, reply: reply.toString('base64'), seenAt },
    },
    { actor: SYSTEM },
  )
  // Another server may have been faster; what is on record is what is published.
  const kept = await lastTimestamp(engine.reads, authority.name)
  if (kept !== undefined) await publish(store, kept)
}

/** Beside the checkpoints, where mirrors of the log find it. */
async function publish(store: LogStore, row: TimestampRow): Promise<void> {
  const { epoch, size, authority, checkpoint, reply } = row
  const place = (file: string) => inEpoch(epoch, `timestamps/${size}/${file}`)
  await store.put(place(`${authority}.checkpoint`), Buffer.from(checkpoint))
  await store.put(place(`${authority}.tsr`), Buffer.from(reply, 'base64'))
}
