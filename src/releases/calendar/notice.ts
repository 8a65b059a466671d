/**
 * A notice of a window or a freeze, for people who do not read calendars: what, when on their own
 * clocks, and what it means for them. A draft in Markdown: people send it, and may change it.
 */
import { wallAt } from '#kernel/zone.ts'
import { shown } from '../conventional.ts'
import type { Interval } from './intervals.ts'
import { formatWall } from './wall.ts'

export interface NoticeFacts {
  readonly name: string
  readonly kind: 'allow' | 'deny' | 'freeze' | 'hard-freeze'
  readonly reason: string
  /** Whom to ask. */
  readonly by: string
  /** The next times, soonest first. */
  readonly times: readonly Interval[]
  /** The reader's. */
  readonly zone: string
  /** Slots that it is about. */
  readonly slots: readonly { readonly service: string; readonly environment: string }[]
}

const SLOTS_SHOWN = 40
const TEXT_MAX = 300

const TITLES = {
  allow: 'Deploying is allowed',
  deny: 'No deployments',
  freeze: 'No deployments',
  'hard-freeze': 'No deployments, and no rollbacks',
} as const

const WAITS =
  'What is ready waits until it ends. Rollbacks and aborts go through, and nothing stops serving.'

const MEANS = {
  allow: 'What is ready may go in these hours. At other times it waits.',
  deny: WAITS,
  freeze: WAITS,
  'hard-freeze':
    'What is ready waits until it ends, and so does a rollback. An abort goes through; nothing ' +
    'stops serving.',
} as const

export function noticeOf(facts: NoticeFacts): string {
  const { name, kind, reason, by, times, zone, slots } = facts
  const why = plain(reason)
  return [
    `# ${TITLES[kind]}: ${plain(name)}`,
    why === '' ? [] : [why],
    `**When** (${zone})`,
    times.length === 0
      ? 'Not any more: it does not stand again in sight.'
      : times.map((time) => `- ${spanOf(time, zone)}`).join('\n'),
    '**What is affected**',
    slotsText(slots),
    '**What it means**',
    MEANS[kind],
    by === '' ? [] : [`Questions: ${plain(by)}.`],
  ]
    .flat()
    .join('\n\n')
    .concat('\n')
}

function slotsText(slots: NoticeFacts['slots']): string {
  if (slots.length === 0) return 'Nothing that is deployed today.'
  const places = new Map<string, string[]>()
  for (const { service, environment } of slots)
    places.set(environment, [...(places.get(environment) ?? []), service])
  return [...places]
    .map(([environment, services]) => {
      const more = services.length - SLOTS_SHOWN
      const rest = more > 0 ? ` and ${more} more` : ''
      return `- ${environment}: ${services.slice(0, SLOTS_SHOWN).sort().join(', ')}${rest}`
    })
    .join('\n')
}

/** `Mon 2026-01-05 09:00 – 17:00`, the day twice when it ends on another. */
function spanOf({ startsAt, endsAt }: Interval, zone: string): string {
  const [start, end] = [momentOf(startsAt, zone), momentOf(endsAt, zone)]
  const until = start.day === end.day ? end.time : `${end.day} ${end.time}`
  return `${start.day} ${start.time} – ${until}`
}

function momentOf(at: number, zone: string) {
  const wall = wallAt(zone, at)
  const [date = '', time = ''] = formatWall(wall).split('T')
  const day = DAYS[new Date(wall).getUTCDay()]
  return { day: `${day} ${date}`, time: time.slice(0, 5) }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** Reasons are anybody's words, and shall not become headings, links or pictures. */
function plain(text: string): string {
  return shown(text, TEXT_MAX).replaceAll(/[\\`*_[\]<>#|!]/g, (sign) => `\\${sign}`)
}
