/**
 * What a query of another tool asks for, as far as our ticks can tell: the share of requests that
 * failed, or did not, and the p99. A guess that is told, so that a person can put it right.
 */
import type { Measure } from '../../events/shadows.ts'
import type { Field } from './notes.ts'

const RANGE = /\[(\d+(?:ms|s|m|h))\]/
const FAILED = /5\.\.|5xx|5\.\*|\^5|\[45\]|"5"|fail|error/i
/** `status!~"5.."` and `classification="success"` count what is well. */
const WELL = /!~?=?\s*"[^"]*5|success|"2\.\.|"2xx|2\.\*/i

export interface Asked {
  readonly measure: Measure
  /** Of the query's own range, where it has one. */
  readonly range?: string | undefined
}

/** Undefined: nobody can tell. */
export function readQuery(query: string): Asked | undefined {
  const measure = measureOf(query)
  const range = RANGE.exec(query)?.[1]
  return measure && { measure, ...(range !== undefined && { range }) }
}

function measureOf(query: string): Measure | undefined {
  const quantile = /histogram_quantile\(\s*([\d.]+)/.exec(query)
  if (quantile !== null) {
    if (Number(quantile[1]) !== 0.99) return undefined
    return /_ms\b|_milliseconds|millis/.test(query) ? 'p99-ms' : 'p99-s'
  }
  if (!query.includes('/')) return undefined
  // What is divided says it: in what it is divided by all requests are counted.
  const [above = ''] = query.split('/')
  const isPercent = /\*\s*100|100\s*\*/.test(query)
  const isInverted = /\b(1|100)\s*-/.test(above)
  const isWell = WELL.test(above)
  if (!isWell && !FAILED.test(above)) return undefined
  const isSuccess = isWell !== isInverted
  if (isSuccess) return isPercent ? 'success-percent' : 'success-rate'
  return isPercent ? 'error-percent' : 'error-rate'
}

/** Reads it, and says what it was taken for. */
export function measureIn(query: Field): Asked | undefined {
  const text = query.text()
  return text === undefined ? undefined : takenFor(query, text)
}

/** The same of a text that stands elsewhere; the note stands where it is asked for. */
export function takenFor(field: Field, query: string): Asked | undefined {
  const asked = readQuery(query)
  field.note(
    asked === undefined
      ? 'asks for nothing that our ticks tell: the metric was left out'
      : `was taken for ${asked.measure}, told by this platform’s own ticks`,
  )
  return asked
}
