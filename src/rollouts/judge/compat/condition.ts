/**
 * Conditions of Argo Rollouts, as far as they compare a number: the part of expr-lang with
 * `result`, `result[0]`, numbers, arithmetic, comparisons, and/or/not, and the functions it adds
 * (isNaN, isInf, isNil, default, len, asFloat, asInt). What else there is (strings, members, `in`,
 * `matches`, `?:`, closures) is refused by name.
 */
export type Value = number | boolean
/** Undefined: it cannot be evaluated, which is an error of the measurement. */
export type Condition = (result: number | undefined) => Value | undefined

export type Compiled =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly why: string }

const LENGTH_MAX = 1_000
const DEPTH_MAX = 50

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\|\||&&|==|!=|<=|>=|[-+*/%<>!()[\],]))/y

export function compile(text: string): Compiled {
  if (text.length > LENGTH_MAX)
    return { ok: false, why: `it is longer than ${LENGTH_MAX} characters` }
  const tokens = tokensOf(text)
  if (typeof tokens === 'string') return { ok: false, why: tokens }
  const parser = new Parser(tokens)
  const condition = parser.whole()
  return condition === undefined
    ? { ok: false, why: parser.trouble ?? 'it ends too early' }
    : { ok: true, condition }
}

function tokensOf(text: string): readonly string[] | string {
  const tokens: string[] = []
  const trimmed = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < trimmed.length) {
    const from = TOKEN.lastIndex
    const found = TOKEN.exec(trimmed)
    if (found === null) return `${trimmed.slice(from).trim().slice(0, 20)} is not supported`
    tokens.push(found[0].trim())
  }
  return tokens
}

type Binary = (a: Value, b: Value) => Value | undefined
const numeric =
  (of: (a: number, b: number) => Value): Binary =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? of(a, b) : undefined

/** From the loosest to the tightest. */
const LEVELS: readonly Readonly<Record<string, Binary>>[] = [
  { '||': either, or: either },
  { '&&': both, and: both },
  { '==': (a, b) => a === b, '!=': (a, b) => a !== b },
  {
    '<': numeric((a, b) => a < b),
    '<=': numeric((a, b) => a <= b),
    '>': numeric((a, b) => a > b),
    '>=': numeric((a, b) => a >= b),
  },
  { '+': numeric((a, b) => a + b), '-': numeric((a, b) => a - b) },
  {
    '*': numeric((a, b) => a * b),
    '/': numeric((a, b) => a / b),
    '%': numeric((a, b) => a % b),
  },
]

function either(a: Value, b: Value): Value | undefined {
  return typeof a === 'boolean' && typeof b === 'boolean' ? a || b : undefined
}
function both(a: Value, b: Value): Value | undefined {
  return typeof a === 'boolean' && typeof b === 'boolean' ? a && b : undefined
}

const isNumber = (value: Value | undefined): value is number => typeof value === 'number'
const FUNCTIONS: Readonly<
  Record<string, (given: readonly (Value | undefined)[]) => Value | undefined>
> = {
  isNaN: ([a]) => (isNumber(a) ? Number.isNaN(a) : undefined),
  isInf: ([a]) => (isNumber(a) ? Math.abs(a) === Number.POSITIVE_INFINITY : undefined),
  isNil: ([a]) => a === undefined,
  default: ([a, b]) => a ?? b,
  len: ([a]) => (a === undefined ? 0 : 1),
  asFloat: ([a]) => (isNumber(a) ? a : undefined),
  asInt: ([a]) => (isNumber(a) ? Math.trunc(a) : undefined),
}

class Parser {
  trouble: string | undefined
  readonly #tokens: readonly string[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  whole(): Condition | undefined {
    const found = this.#level(0)
    if (found === undefined) return undefined
    if (this.#at === this.#tokens.length) return found
    return this.#refuse(`${this.#tokens[this.#at]} is not supported there`)
  }

  #level(level: number): Condition | undefined {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    let left = this.#level(level + 1)
    for (;;) {
      const token = this.#tokens[this.#at] ?? ''
      const apply = Object.hasOwn(operators, token) ? operators[token] : undefined
      if (apply === undefined || left === undefined) return left
      this.#at++
      const [a, b] = [left, this.#level(level + 1)]
      if (b === undefined) return undefined
      left = (result) => {
        const [x, y] = [a(result), b(result)]
        return x === undefined || y === undefined ? undefined : apply(x, y)
      }
    }
  }

  #unary(): Condition | undefined {
    const token = this.#tokens[this.#at]
    if (token !== '!' && token !== 'not' && token !== '-') return this.#primary()
    if (++this.#depth > DEPTH_MAX) return this.#refuse('it is nested too deep')
    this.#at++
    const of = this.#unary()
    this.#depth--
    return (
      of &&
      ((result) => {
        const value = of(result)
        if (token === '-') return typeof value === 'number' ? -value : undefined
        return typeof value === 'boolean' ? !value : undefined
      })
    )
  }

  #primary(): Condition | undefined {
    const token = this.#tokens[this.#at++]
    if (token === undefined) return undefined
    if (/^\d/.test(token)) return () => Number(token)
    if (token === 'true' || token === 'false') return () => token === 'true'
    if (token === '(') return this.#inParentheses()
    if (token === 'result') return this.#result()
    if (Object.hasOwn(FUNCTIONS, token)) return this.#call(token)
    return this.#refuse(`${token} is not supported`)
  }

  #inParentheses(): Condition | undefined {
    if (++this.#depth > DEPTH_MAX) return this.#refuse('it is nested too deep')
    const inside = this.#level(0)
    this.#depth--
    return inside && this.#expect(')') ? inside : undefined
  }

  /** A query of one series is told as a list of one. */
  #result(): Condition | undefined {
    if (this.#tokens[this.#at] === '[') {
      this.#at++
      const index = this.#tokens[this.#at++]
      if (index !== '0') return this.#refuse(`result[${index}] is not supported: one series is`)
      if (!this.#expect(']')) return undefined
    }
    return (result) => result
  }

  #call(name: string): Condition | undefined {
    if (!this.#expect('(')) return undefined
    const given: Condition[] = []
    for (;;) {
      const one = this.#level(0)
      if (one === undefined) return undefined
      given.push(one)
      if (this.#tokens[this.#at] !== ',') break
      this.#at++
    }
    const apply = FUNCTIONS[name]
    return this.#expect(')') ? (result) => apply?.(given.map((each) => each(result))) : undefined
  }

  #expect(token: string): boolean {
    if (this.#tokens[this.#at++] === token) return true
    this.#refuse(`a ${token} is missing`)
    return false
  }

  #refuse(why: string): undefined {
    this.trouble ??= why
    return undefined
  }
}
