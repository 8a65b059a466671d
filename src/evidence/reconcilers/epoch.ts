/**
 * The next epoch of the log, after a database was restored that knows less than was published. Its
 * tree holds everything that the database has, and before all of it the statement of what was lost,
 * so nobody can take the new epoch for the old one, or the gap for an accident of counting.
 */
import type { Engine } from '#engine/engine.ts'
import type { AuditState } from '../audit.ts'
import { append, EMPTY_EDGE } from '../log/edge.ts'
import { commitmentOf, type Header, writeHeader } from '../log/entry.ts'
import type { LogKeys } from '../ports.ts'
import { addEpoch } from '../queries/sealing.ts'
import { originOf } from './seal.ts'

export async function beginEpoch(
  database: Engine['database'],
  keys: LogKeys,
  { epoch, begun }: AuditState,
): Promise<void> {
  const facts = begun[epoch]
  if (facts === undefined) return
  const { edge } = append(EMPTY_EDGE, [writeHeader(firstHeader(keys.origin, facts))])
  await addEpoch(database, { epoch, origin: originOf(keys.origin, epoch), edge })
}

type Begun = NonNullable<AuditState['begun'][number]>

export function firstHeader(origin: string, facts: Begun): Header {
  const { epoch, at, lost, previous } = facts
  const when = new Date(at).toISOString()
  const [, size = '0', root = ''] = previous?.split('\n') ?? []
  return {
    v: 1,
    id: `epoch_${epoch}`,
    type: 'audit.epochBegun',
    stream: `epoch-${epoch}`,
    streamSeq: 1,
    occurredAt: when,
    recordedAt: when,
    actor: '',
    subjects: [
      `origin:${originOf(origin, epoch - 1)}`,
      `size:${size}`,
      `root:${root}`,
      `lost:${lost[0]}-${lost[1]}`,
    ],
    // Nothing in it is to be forgotten, so it is committed to without a salt.
    dataDigest: commitmentOf(Buffer.alloc(0), facts),
  }
}
