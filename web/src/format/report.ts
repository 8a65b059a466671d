/** A report's title and what its figures were, in words. */
import type { DeliveryReport, ReportLine } from '../api/insights.ts'
import type { Tone } from './deployment.ts'
import { valueText } from './kpis.ts'

export function periodTitle({ period, scope }: DeliveryReport['document']): string {
  const of = [
    ...(scope.team === undefined ? [] : [`team ${scope.team}`]),
    ...(scope.tier === undefined ? [] : [`tier ${scope.tier}`]),
  ]
  return `Delivery, ${period.name}, ${of.length === 0 ? 'all services' : of.join(', ')}`
}

export function againstTarget({ unit, target, isMet }: ReportLine): {
  readonly text: string
  readonly tone: Tone
} {
  if (target === null) return { text: 'none', tone: 'plain' }
  const held = `${target.isAtMost ? 'at most' : 'at least'} ${valueText(unit, target.value)}`
  if (isMet === null) return { text: held, tone: 'plain' }
  return { text: `${isMet ? 'met' : 'missed'}: ${held}`, tone: isMet ? 'good' : 'bad' }
}

/** Compared with the period before; whether that is good is for the target to say. */
export function changeText({ unit, value, before }: ReportLine): string {
  if (value === null || before === null) return ''
  if (value === before) return 'unchanged'
  const by = Math.abs(value - before)
  const shown =
    unit === 'share'
      ? `${(by * 100).toFixed(1)} points`
      : unit === 'perDay'
        ? `${by.toFixed(2)} a day`
        : valueText(unit, by)
  return `${value > before ? '▲' : '▼'} ${shown}`
}
