/** How an environment stands on the calendar, in words. What is not known is never called open. */
import type { EnvironmentStanding } from '../api/calendar.ts'
import type { Tone } from './deployment.ts'
import { instant } from './text.ts'

export interface StandingInWords {
  readonly glyph: string
  readonly text: string
  readonly tone: Tone
  /** For who wants to know why, and until when. */
  readonly title: string
}

export function standingInWords(standing: EnvironmentStanding | undefined): StandingInWords {
  if (standing === undefined)
    return { glyph: '?', text: 'not known', tone: 'plain', title: 'Not known whether it is open.' }
  const { open, closed, closures, nextChangeAt } = standing
  const next = nextChangeAt === null ? '' : ` Changes next at ${instant(nextChangeAt)}.`
  if (open + closed === 0)
    return { glyph: '○', text: 'unused', tone: 'plain', title: 'No service goes there.' }
  if (closed === 0)
    return { glyph: '✓', text: 'open', tone: 'good', title: `Open for every service.${next}` }
  const isFrozen = closures.some(({ kind }) => kind === 'freeze')
  const isHard = closures.some((closure) => closure.isHard)
  const word = isHard ? 'frozen hard' : isFrozen ? 'frozen' : 'closed'
  const why = closures.map(closureInWords).join(' ')
  return {
    glyph: isFrozen ? '❄' : '⊘',
    text: open === 0 ? word : `partly ${word}`,
    tone: isHard ? 'bad' : 'open',
    title: `Closed for ${closed} of ${open + closed} services. ${why}${next}`,
  }
}

export function closureInWords({
  kind,
  name,
  reason,
  by,
  endsAt,
  isHard,
}: EnvironmentStanding['closures'][number]): string {
  const until = endsAt === null ? 'with no end in sight' : `until ${instant(endsAt)}`
  const why = reason === '' ? '' : `: ${reason}`
  switch (kind) {
    case 'freeze':
      return `${isHard ? 'Frozen, rollbacks too,' : 'Frozen'} by ${by.join(', ')} (${name})${why}, ${until}.`
    case 'deny':
      return `Closed by ${name}${why}, ${until}.`
    case 'outside':
      return `Outside of ${name}, ${until}.`
  }
}
