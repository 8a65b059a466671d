/** What is wrong with a flag, or with what is wanted of it in one environment. */
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { FlagRules, FlagSpec, Ramp } from '../events/flags.ts'
import { same } from '../same.ts'
import type { Flag, FlagRefusal } from './flag.ts'

type Problem = Rejection<FlagRefusal> | undefined
const WHOLE = 100
/** Sums of what people write in thousandths; what is beyond is no rounding. */
const ROUNDING = 1e-6

export function specProblem(spec: FlagSpec, before: Flag): Problem {
  if (!Object.hasOwn(spec.variants, spec.default)) return unknownVariant(spec, spec.default)
  if (before.status === 'none') return undefined
  const inUse = Object.entries(before.environments)
    .filter(([, { live, waiting }]) => live !== undefined || waiting !== undefined)
    .map(([name]) => name)
  const changed = changedIn(before.spec, spec)
  if (inUse.length === 0 || changed.length === 0) return undefined
  return reject(
    'flag.in-use',
    `${changed.join(', ')} cannot change: it is in use in ${inUse.join(', ')}.`,
    'Add a variant under another name and move people to it; or define another flag.',
  )
}

/** What would change what people get, past all gates. */
function changedIn(before: FlagSpec, after: FlagSpec): readonly string[] {
  const fields = (['service', 'default', 'salt'] as const).filter(
    (name) => before[name] !== after[name],
  )
  const variants = Object.entries(before.variants)
    .filter(([name, value]) => !same(value, after.variants[name]))
    .map(([name]) => `variant ${name}`)
  return [...fields, ...variants]
}

export function rulesProblem(spec: FlagSpec, rules: FlagRules, ramp: Ramp | undefined): Problem {
  const { targeting, shares } = rules
  const named = [
    ...targeting.map(({ serve }) => serve),
    ...Object.keys(shares),
    ...(ramp === undefined ? [] : [ramp.variant]),
  ]
  const unknown = named.find((variant) => !Object.hasOwn(spec.variants, variant))
  if (unknown !== undefined) return unknownVariant(spec, unknown)
  if (Object.hasOwn(shares, spec.default) || ramp?.variant === spec.default)
    return reject(
      'flag.default-shared',
      `${spec.default} is the default: it gets whatever the others leave.`,
      `Give the others less, as in --serve ${otherThan(spec)}=10%.`,
    )
  const last = ramp?.steps.at(-1)
  const most = { ...shares, ...(ramp && last !== undefined && { [ramp.variant]: last }) }
  const sum = Object.values(most).reduce((all, share) => all + share, 0)
  if (sum > WHOLE + ROUNDING)
    return reject('flag.too-much', `The shares add up to ${sum} %.`, 'Keep them at 100 % or less.')
  if (ramp?.steps.some((share, i) => share <= (ramp.steps[i - 1] ?? -1)))
    return reject(
      'flag.ramp-falls',
      'Every step of a ramp is larger than the one before it.',
      'Write them in order: 1%,10%,50%,100%.',
    )
  return undefined
}

function unknownVariant({ variants }: FlagSpec, name: string): Problem {
  const known = Object.keys(variants)
  const meant = nearest(name, known)
  return reject(
    'flag.unknown-variant',
    `It has no variant ${name}.`,
    meant === undefined ? `It has: ${known.join(', ')}.` : `Did you mean ${meant}?`,
  )
}

const otherThan = ({ variants, default: rest }: FlagSpec) =>
  Object.keys(variants).find((name) => name !== rest) ?? 'on'
