/**
 * The log looks at itself, a piece every few hours, and says what it found. Whoever changed the
 * database is found by it before an auditor asks; and that it looked, and found nothing, is a fact.
 */
import type { Engine } from '#engine/engine.ts'
import { newId } from '#engine/ids.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { logChecks, nextFrom } from '../log-checks/log-check.ts'
import { TILE_WIDTH } from '../log/tiles.ts'
import type { LogKeys } from '../ports.ts'
import { lastLook } from '../queries/log-facts.ts'
import type { LogFiles } from '../queries/log-reads.ts'
import { readHead } from '../queries/sealing.ts'
import { verifyCheckpoint, verifyRange } from '../queries/verify-range.ts'
import { verifierKeys } from './seal.ts'

export interface LogCheckNeeds {
  readonly engine: Engine
  readonly files: LogFiles
  readonly keys: LogKeys
  readonly log: Logger
  now(): number
}

export const LOG_CHECK_KIND = 'logCheck'
export const WHOLE_LOG = 'all'
const EVERY_MS = 6 * 3_600_000
/** A second or two of reading; a hundred thousand entries a day. */
const ENTRIES_AT_ONCE = 100 * TILE_WIDTH
/** The log has no entry yet: it will, within a second. */
const SOON_MS = 5_000

export function logChecker(needs: LogCheckNeeds): Reconciler {
  return defineReconciler({
    kind: LOG_CHECK_KIND,
    concurrency: 1,
    hears: [],
    wokenBy: () => [],
    async reconcile() {
      return { at: await looked(needs) }
    },
  })
}

/** Answers when to look again. */
async function looked({ engine, files, keys, log, now }: LogCheckNeeds): Promise<number> {
  const { database } = engine
  const head = await readHead(database)
  if (head === undefined || head.size === 0) return now() + SOON_MS
  const last = await lastLook(engine.reads)
  if (last !== undefined && now() < last.at + EVERY_MS) return last.at + EVERY_MS
  const before = last && { epoch: last.epoch, to: last.upTo }
  const from = nextFrom(before, head, ENTRIES_AT_ONCE)
  const checked = await verifyRange({ database, files, head }, { from, count: ENTRIES_AT_ONCE })
  const wrong = [...verifyCheckpoint(head, verifierKeys(keys, head.origin)), ...checked.mismatches]
  const [first = null] = wrong
  if (first !== null) log.error({ from, ...first }, 'the audit log is not as it was sealed')
  const { to, size } = checked
  await engine.execute(
    logChecks,
    newId('lck', now()),
    {
      type: 'logCheck.make',
      ...{ at: now(), by: SYSTEM.id, epoch: head.epoch, from, to, size },
      ...{ mismatches: wrong.length, first },
    },
    { actor: SYSTEM },
  )
  return now() + EVERY_MS
}
