/**
 * Selectors, the part of PromQL that names series: `name{label="value", …}`. Queries are held to
 * them, because rates have forgotten the counts that evidence is made of, and because nobody should
 * be able to write a query that costs the server an hour.
 */
import { Fault } from '#kernel/fault.ts'

export interface Matcher {
  readonly label: string
  readonly operator: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

export interface Selector {
  readonly name: string
  readonly matchers: readonly Matcher[]
}

const NAME = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*/
const MATCHER = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\.)*)"\s*(,|(?=\}))/

export function parseSelector(text: string): Selector {
  const named = NAME.exec(text)
  if (named === null) throw refused(text)
  const name = named[1] ?? ''
  let rest = text.slice(named[0].length)
  if (rest === '') return { name, matchers: [] }
  if (!rest.startsWith('{')) throw refused(text)
  rest = rest.slice(1)
  const matchers: Matcher[] = []
  while (!/^\s*\}/.test(rest)) {
    const found = MATCHER.exec(rest)
    if (found === null) throw refused(text)
    const [whole, label = '', operator, value = ''] = found
    matchers.push({ label, operator: operator as Matcher['operator'], value: unescaped(value) })
    rest = rest.slice(whole.length)
  }
  if (!/^\s*\}\s*$/.test(rest)) throw refused(text)
  return { name, matchers }
}

export function printSelector({ name, matchers }: Selector): string {
  const inside = matchers.map(
    ({ label, operator, value }) => `${label}${operator}"${escaped(value)}"`,
  )
  return inside.length === 0 ? name : `${name}{${inside.join(',')}}`
}

/** A pattern that matches one of these and nothing else; Prometheus anchors it. */
export function oneOf(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|')
}

/** `{{environment}}` and `{{service}}` in the values of matchers. */
export function filled(
  { name, matchers }: Selector,
  words: Readonly<Record<string, string>>,
): Selector {
  const fill = (value: string) =>
    value.replaceAll(/\{\{(\w+)\}\}/g, (whole, word: string) => words[word] ?? whole)
  return { name, matchers: matchers.map((each) => ({ ...each, value: fill(each.value) })) }
}

const escaped = (value: string) =>
  value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
const unescaped = (value: string) =>
  value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))

function refused(text: string): Fault {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new Fault('metrics.no-selector', `${shown} is no selector of a counter.`, {
    remedy: 'Write name{label="value"}, without rate() or sum(): counts are what is judged.',
    retry: false,
  })
}
