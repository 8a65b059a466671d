/** A report's numbers and headings in words, the same in every form. */
import { formatDuration } from '#kernel/duration.ts'
import type { Unit } from '../figures/figures.ts'
import type { Difference, ReportDocument, ReportLine } from './document.ts'

const REASONS: Readonly<Record<string, string>> = {
  no_source: 'nobody tells such things',
  no_events: 'nothing in this period',
  n_too_small: 'too few to say',
  not_applicable: 'does not apply',
}

export function said(unit: Unit, value: number | null): string {
  if (value === null) return '–'
  switch (unit) {
    case 'ms':
      return formatDuration(Math.round(value))
    case 'share':
      return `${(value * 100).toFixed(1)} %`
    case 'perDay':
      return `${value.toFixed(2)} a day`
    case 'score':
      return value.toFixed(2)
    case 'count':
      return String(Math.round(value * 100) / 100)
  }
}

export const HEADINGS = ['Figure', 'Value', 'Of', 'Before', 'Target'] as const

export function cellsOf(line: ReportLine): readonly string[] {
  const { unit, value, reason, p90, target, isMet } = line
  const ninety = p90 === null || value === null ? '' : ` (9 of 10: ${said(unit, p90)})`
  const shown =
    value === null ? `– (${REASONS[reason ?? ''] ?? 'unknown'})` : `${said(unit, value)}${ninety}`
  const mark = isMet === null ? '' : isMet ? 'met: ' : 'missed: '
  const held =
    target === null ? '' : `${mark}${target.isAtMost ? '≤' : '≥'} ${said(unit, target.value)}`
  const name = `${line.number} ${line.title}`
  return [name, shown, String(line.n), said(unit, line.before), held]
}

export function titleOf({ period, scope }: ReportDocument): string {
  const of = [
    ...(scope.team === undefined ? [] : [`team ${scope.team}`]),
    ...(scope.tier === undefined ? [] : [`tier ${scope.tier}`]),
  ]
  return `Delivery, ${period.name}, ${of.length === 0 ? 'all services' : of.join(', ')}`
}

export function sinceOf({ period, asOf, isPartial }: ReportDocument, revision: number | null) {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  const minute = new Date(asOf).toISOString().slice(0, 16).replace('T', ' ')
  const over = isPartial ? ' The period is not over.' : ''
  const which = revision === null ? 'Not published.' : `Revision ${revision}.`
  const span = `${day(period.from)} to ${day(period.to - 1)}, UTC`
  return `${span}, as known ${minute}. ${which}${over}`
}

export const differenceText = ({ number, name, unit, before, after, n }: Difference) =>
  `${number} ${name}: ${said(unit, before)} (of ${n[0]}) is now ${said(unit, after)} (of ${n[1]})`
