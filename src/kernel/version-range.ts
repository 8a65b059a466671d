/**
 * Versions and ranges of what services tell each other: `2`, `2.1`, `>=1 <3`, `1 || 3`, `*`. A
 * version that is left short stands for all that begin so. No prereleases and no carets: what a
 * service reads is a fact about its code, not a wish about its dependencies.
 */

/** Longer texts are not ranges but attacks. */
const LENGTH_MAX = 100
const VERSION = /^(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/
const COMPARATOR = /^(<=|>=|<|>|=)?(\d{1,9}(?:\.\d{1,9}){0,2})$/

type Numbers = readonly number[]

export function isVersion(text: string): boolean {
  return VERSION.test(text)
}

export function isRange(text: string): boolean {
  return alternativesOf(text) !== undefined
}

/** False when either is not what it should be. */
export function isInRange(version: string, range: string): boolean {
  const numbers = numbersOf(version)
  const alternatives = alternativesOf(range)
  if (numbers === undefined || alternatives === undefined) return false
  return alternatives.some((all) => all.every((one) => holds(numbers, one)))
}

interface Comparator {
  readonly operator: string
  readonly than: Numbers
}

function alternativesOf(range: string): readonly (readonly Comparator[])[] | undefined {
  if (range.length > LENGTH_MAX) return undefined
  const alternatives = range.split('||').map((part) => comparatorsOf(part.trim()))
  return alternatives.every((each) => each !== undefined) ? alternatives : undefined
}

function comparatorsOf(text: string): readonly Comparator[] | undefined {
  if (text === '*') return []
  const parts = text.split(/\s+/).map((part) => COMPARATOR.exec(part))
  const found = parts.flatMap((match) => {
    const than = numbersOf(match?.[2] ?? '')
    return than === undefined ? [] : [{ operator: match?.[1] ?? '=', than }]
  })
  return found.length === parts.length ? found : undefined
}

function holds(version: Numbers, { operator, than }: Comparator): boolean {
  const order = compare(version, than)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return order === 0
  }
}

/** As far as the shorter one goes: 2.1 is 2, and no more than it. */
function compare(a: Numbers, b: Numbers): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = (a[i] ?? 0) - (b[i] ?? 0)
    if (order !== 0) return order
  }
  return 0
}

function numbersOf(version: string): Numbers | undefined {
  const [, ...parts] = VERSION.exec(version) ?? []
  const given = parts.filter((part) => part !== undefined).map(Number)
  return given.length === 0 ? undefined : given
}
