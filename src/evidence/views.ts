/**
 * What happened, a row an event worth telling: for "what changed?" and the tape of the last day.
 */
import { defineView, type View } from '#engine/views.ts'
import { type Happening, happeningOf, type Telling } from './happenings.ts'
import { governanceViews } from './views/governance.ts'

export interface HappeningRow {
  readonly kind: string
  readonly thing: string
  readonly version: string
  readonly type: string
  readonly at: number
  readonly by: string
  readonly service: string | null
  readonly environment: string | null
  readonly text: string
  readonly tone: Happening['tone']
}

const KINDS = [
  'service',
  'policy',
  'run',
  'release',
  'waiver',
  'freeze',
  'window',
  'incident',
  'deployment',
  'promotion',
  'slot',
  'train',
  'flag',
  'emergency',
  'review',
  'record',
  'case',
]

/** The view's stream kind is not handed to it; an event's type begins with it, but for these. */
function kindOf(type: string): string {
  const isOfSlot = type === 'release.validated' || type.startsWith('delivery.')
  return isOfSlot ? 'slot' : (type.split('.')[0] ?? '')
}

const happenings = defineView<HappeningRow, Telling>({
  name: 'happenings',
  version: 8,
  reads: KINDS,
  columns: {
    kind: 'text',
    thing: 'text',
    version: 'text',
    type: 'text',
    at: 'timestamptz',
    by: 'text',
    service: 'text',
    environment: 'text',
    text: 'text',
    tone: 'text',
  },
  key: ['kind', 'thing', 'version'],
  indexes: [['at'], ['environment', 'at'], ['service', 'at']],
  rows: ({ event, id, version }) =>
    happeningOf(event) === undefined ? [] : [[kindOf(event.type), id, String(version)]],
  fold(row, { event, id, version }) {
    const happening = happeningOf(event)
    if (happening === undefined) return row
    return {
      kind: kindOf(event.type),
      thing: id,
      version: String(version),
      type: event.type,
      at: event.at,
      by: event.by,
      service: happening.service ?? null,
      environment: happening.environment ?? null,
      text: happening.text.slice(0, 500),
      tone: happening.tone,
    }
  },
})

export const views: readonly View[] = [happenings, ...governanceViews]
