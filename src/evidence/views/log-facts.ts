/** How the audit log did: each look at itself, and whatever kept it from sealing. */
import { defineView } from '#engine/views.ts'
import type { AuditEvent } from '../events.ts'
import type { LogCheckEvent } from '../events/log-checks.ts'

export interface LogFactRow {
  readonly id: string
  readonly kind: 'looked' | 'lagging' | 'halted' | 'begun-anew'
  readonly at: number
  readonly epoch: number
  /** Of a look: up to which entry. */
  readonly upTo: number
  /** Null: nothing to complain of. */
  readonly trouble: string | null
}

type Told = LogCheckEvent | AuditEvent

export const logFactsView = defineView<LogFactRow, Told>({
  name: 'log_facts',
  version: 1,
  reads: ['audit', 'logCheck'],
  columns: {
    id: 'text',
    kind: 'text',
    at: 'timestamptz',
    epoch: 'integer',
    upTo: 'bigint',
    trouble: 'text',
  },
  key: ['id'],
  indexes: [['kind', 'at']],
  rows: ({ event, id, version }) => (kindOf(event) === undefined ? [] : [[`${id}/${version}`]]),
  fold(row, { event, id, version }) {
    const kind = kindOf(event)
    if (kind === undefined) return row
    return {
      id: `${id}/${version}`,
      kind,
      at: event.at,
      epoch: 'epoch' in event ? event.epoch : 0,
      upTo: 'to' in event ? event.to : 0,
      trouble: troubleOf(event),
    }
  },
})

function kindOf({ type }: Told): LogFactRow['kind'] | undefined {
  if (type === 'logCheck.made') return 'looked'
  if (type === 'audit.lagging') return 'lagging'
  if (type === 'audit.halted') return 'halted'
  return type === 'audit.epochBegun' ? 'begun-anew' : undefined
}

function troubleOf(event: Told): string | null {
  switch (event.type) {
    case 'logCheck.made':
      return event.first === null
        ? null
        : `${event.mismatches} entries from ${event.from} to ${event.to - 1} are not as they ` +
            `were sealed, the first ${event.first.index}: ${event.first.why}`
    case 'audit.lagging':
      return `It was ${Math.round(event.lagMs / 1000)} s behind: ${event.reason}`
    case 'audit.halted':
      return `It signed nothing: of ${event.published} published entries ${event.size} were here.`
    case 'audit.epochBegun':
      return `It was begun anew; entries ${event.lost[0]} to ${event.lost[1]} are lost.`
    default:
      return null
  }
}
