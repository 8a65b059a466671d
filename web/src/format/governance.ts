/** How rooms of governance stand, in words and tones. What nobody knows is not good. */
import type { AuditStatus, Connection, Coverage, Runbook, Waiver } from '../api/governance.ts'
import type { InWords, Tone } from './deployment.ts'
import { percentOf } from './percent.ts'
import { ago, duration } from './text.ts'

const DAY_MS = 86_400_000

/** `some` follows the number; `none` stands alone. */
export function counted(n: number, some: string, none: string, bad: Tone = 'open'): InWords {
  return n === 0 ? { text: none, tone: 'plain' } : { text: `${n} ${some}`, tone: bad }
}

export function waiversStand(rows: readonly Waiver[], now: number): readonly InWords[] {
  const standing = rows.filter((row) => row.status !== 'revoked' && now < row.expiresAt)
  const waiting = standing.filter(({ status }) => status === 'requested').length
  const holding = standing.filter(({ status }) => status === 'approved')
  const soon = holding.filter(({ expiresAt }) => expiresAt - now < DAY_MS).length
  return [
    counted(
      holding.length,
      `in force${soon > 0 ? `, ${soon} of them for less than a day` : ''}`,
      'none in force',
    ),
    ...(waiting > 0 ? [{ text: `${waiting} wait for approval`, tone: 'open' as const }] : []),
  ]
}

export function auditStands({ state, size, witnessed }: AuditStatus): readonly InWords[] {
  const seal: InWords =
    state === 'halted'
      ? { text: 'halted: it does not match what was published', tone: 'bad' }
      : state === 'lagging'
        ? { text: 'sealing lags behind', tone: 'open' }
        : { text: `${size} entries sealed`, tone: 'good' }
  const by = witnessed === null || witnessed.by.length === 0
  return [seal, ...(by ? [{ text: 'no witness', tone: 'plain' as const }] : [])]
}

export function coverageStands({ value, n, target, gaps }: Coverage): readonly InWords[] {
  if (value === null) return [{ text: 'nothing was deployed to production', tone: 'plain' }]
  return [
    {
      text: `${percentOf(value)} of ${n} traceable, ${gaps.length} with gaps`,
      tone: value > target ? 'good' : 'bad',
    },
  ]
}

export function runbooksStand(rows: readonly Runbook[]): readonly InWords[] {
  if (rows.length === 0) return [{ text: 'no service is registered', tone: 'plain' }]
  const of = (state: Runbook['state']) => rows.filter((row) => row.state === state).length
  const [fresh, stale] = [of('fresh'), of('stale')]
  const none = of('missing') + of('unlinked')
  return [
    { text: `${fresh} of ${rows.length} fresh`, tone: fresh === rows.length ? 'good' : 'plain' },
    ...(stale > 0 ? [{ text: `${stale} stale`, tone: 'bad' as const }] : []),
    ...(none > 0 ? [{ text: `${none} without one`, tone: 'open' as const }] : []),
  ]
}

/** As good as the weakest of what it needs; what nobody answered is not met. */
export function metInWords(value: number | null): InWords {
  if (value === null) return { text: 'no answer', tone: 'plain' }
  return { text: percentOf(value), tone: value >= 1 ? 'good' : value > 0 ? 'open' : 'bad' }
}

export const refusedBy = ({ refused }: Connection): number =>
  refused.unsigned + refused.forged + refused.stale + refused.unreadable

export function connectionInWords(one: Connection, now: number): InWords {
  const refused = refusedBy(one)
  if (refused > 0) return { text: `${refused} refused since the server started`, tone: 'bad' }
  if (one.lastAt === null)
    return { text: `silent for ${duration(now - one.since)} or longer`, tone: 'open' }
  const some = one.unmapped > 0 ? `, ${one.unmapped} told nothing` : ''
  const tone = one.unmapped === one.deliveries ? 'open' : 'good'
  return { text: `last heard ${ago(one.lastAt, now)}${some}`, tone }
}

export function connectionsStand(rows: readonly Connection[]): readonly InWords[] {
  if (rows.length === 0) return [{ text: 'none is set up', tone: 'plain' }]
  const refused = rows.filter((row) => refusedBy(row) > 0).length
  const silent = rows.filter((row) => refusedBy(row) === 0 && row.lastAt === null).length
  if (refused + silent === 0) return [{ text: `${rows.length} heard lately`, tone: 'good' }]
  return [
    ...(refused > 0 ? [{ text: `${refused} refused deliveries`, tone: 'bad' as const }] : []),
    ...(silent > 0 ? [{ text: `${silent} silent`, tone: 'open' as const }] : []),
  ]
}

const RUNBOOK: Readonly<Record<Runbook['state'], Tone>> = {
  fresh: 'good',
  stale: 'bad',
  missing: 'bad',
  unlinked: 'open',
  unknown: 'plain',
}

export function runbookInWords({ state, freshUntil }: Runbook, now: number): InWords {
  const tone = RUNBOOK[state]
  if (state === 'fresh' && freshUntil !== null)
    return { text: `fresh for ${duration(freshUntil - now)}`, tone }
  if (state === 'stale' && freshUntil !== null)
    return { text: `stale for ${duration(now - freshUntil)}`, tone }
  const words = {
    missing: 'not in the release',
    unlinked: 'none linked',
    unknown: 'no release yet',
  }
  return { text: state === 'fresh' || state === 'stale' ? state : words[state], tone }
}

export function drillInWords(
  { drill, drilledAt, drillCountsUntil }: Runbook,
  now: number,
): InWords {
  if (drill === 'never' || drilledAt === null) return { text: 'never', tone: 'open' }
  const text = `rolled back ${ago(drilledAt, now)}`
  if (drill === 'overdue' || drillCountsUntil === null)
    return { text: `${text}, overdue`, tone: 'bad' }
  return { text: `${text}, counts for ${duration(drillCountsUntil - now)}`, tone: 'good' }
}
