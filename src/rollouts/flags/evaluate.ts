/** What somebody gets: a flag, an environment and what is known of them make a variant. */
import type { Condition, FlagSpec, FlagValue } from '../events/flags.ts'
import { placeOf, variantAt } from './bucket.ts'
import type { Placement } from './flag.ts'

export interface EvaluationContext {
  readonly targetingKey?: string | undefined
  readonly [attribute: string]: unknown
}

/** OpenFeature's words. */
export type Reason = 'STATIC' | 'TARGETING_MATCH' | 'SPLIT' | 'DISABLED' | 'DEFAULT'

export type Evaluation =
  | {
      readonly variant: string
      readonly value: FlagValue
      readonly reason: Reason
      /** The change that made it so. */
      readonly change: string | undefined
    }
  | { readonly errorCode: 'TARGETING_KEY_MISSING' }

export function evaluate(
  flag: string,
  spec: FlagSpec,
  placement: Placement | undefined,
  context: EvaluationContext,
): Evaluation {
  const give = (variant: string, reason: Reason): Evaluation => ({
    variant,
    // A variant that is served cannot be taken away; the default is always there.
    value: spec.variants[variant] ?? spec.variants[spec.default] ?? false,
    reason,
    change: placement?.live?.change,
  })
  if (placement?.killed !== undefined) return give(spec.default, 'DISABLED')
  const live = placement?.live
  if (live === undefined) return give(spec.default, 'DEFAULT')
  const { targeting, shares } = live.rules
  const target = targeting.find(({ when }) => when.every((each) => isMet(each, context)))
  if (target !== undefined) return give(target.serve, 'TARGETING_MATCH')
  const cutTo = Object.entries(shares).filter(([, share]) => share > 0)
  const [[whole, share] = ['', 0]] = cutTo
  if (share === 100) return give(whole, targeting.length === 0 ? 'STATIC' : 'DEFAULT')
  if (cutTo.length === 0) return give(spec.default, 'DEFAULT')
  const { targetingKey } = context
  if (targetingKey === undefined || targetingKey === '')
    return { errorCode: 'TARGETING_KEY_MISSING' }
  const place = placeOf(flag, spec, targetingKey)
  return give(variantAt(live.segments, place) ?? spec.default, 'SPLIT')
}

/** Numbers and truths count as their text: attributes come from many languages. */
function isMet({ attribute, operator, values }: Condition, context: EvaluationContext): boolean {
  const given = context[attribute]
  if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean')
    return false
  const text = String(given)
  switch (operator) {
    case 'equals':
    case 'in':
      return values.includes(text)
    case 'endsWith':
      return values.some((value) => text.endsWith(value))
  }
}
