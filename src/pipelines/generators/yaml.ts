/**
 * YAML as people would write it: block style, keys in the order they were given, texts of several
 * lines as blocks. Quoted where any reader of YAML 1.1 or 1.2 could take a text for something
 * else (`on`, `1e3`, `12:30`); so what is written is what is read, by all of them.
 */

export type Yaml =
  | string
  | number
  | boolean
  | null
  | readonly Yaml[]
  | { readonly [key: string]: Yaml | undefined }

export const toYaml = (value: Yaml): string => `${block(value, '').replace(/^\n/, '')}\n`

/** With its leading line break or space. */
function block(value: Yaml, indent: string): string {
  if (typeof value === 'string') return ` ${text(value, indent)}`
  if (typeof value !== 'object' || value === null) return ` ${String(value)}`
  if (isList(value)) {
    if (value.length === 0) return ' []'
    if (value.every(isShort)) {
      const line = `[${value.map((one) => inline(one)).join(', ')}]`
      if (indent.length + line.length < 70) return ` ${line}`
    }
    return value.map((one) => `\n${indent}-${item(one, indent)}`).join('')
  }
  const entries = entriesOf(value)
  if (entries.length === 0) return ' {}'
  return entries.map(([key, one]) => `\n${indent}${inline(key)}:${nested(one, indent)}`).join('')
}

const isList = (value: Yaml): value is readonly Yaml[] => Array.isArray(value)
const isShort = (value: Yaml) =>
  (typeof value !== 'object' || value === null) && !String(value).includes('\n')

function entriesOf(value: object): [string, Yaml][] {
  return Object.entries(value).filter((entry): entry is [string, Yaml] => entry[1] !== undefined)
}

function nested(value: Yaml, indent: string): string {
  return block(value, `${indent}  `)
}

function item(value: Yaml, indent: string): string {
  const inner = block(value, `${indent}  `)
  // The first key of a map stands behind the dash.
  const isMap = typeof value === 'object' && value !== null && !isList(value)
  return isMap && inner.startsWith('\n') ? ` ${inner.trimStart()}` : inner
}

function inline(value: Yaml): string {
  return typeof value === 'string' ? scalar(value, true) : String(value)
}

function text(value: string, indent: string): string {
  const isBlock =
    value.includes('\n') &&
    !/^\s|[\t ]\n|\n{2,}$|[^\S\n ]/.test(value) &&
    // oxlint-disable-next-line no-control-regex -- what no block can hold
    !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(value)
  if (!isBlock) return scalar(value, false)
  const lines = value.replace(/\n$/, '').split('\n')
  const body = lines.map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n')
  return `${value.endsWith('\n') ? '|' : '|-'}\n${body}`
}

/** Where a list or a map stands in one line, commas and brackets mean something. */
const SAFE_IN_LINE = /^([A-Za-z_/$]|\.[A-Za-z/])[\w ./$@+()<>;*?^~-]*$/
const SAFE = /^([A-Za-z_/$]|\.[A-Za-z/])[\u0020-\u007e]*$/
const BREAKS_OFF = /: | #|:$| $/
const WORDS = /^(y|n|yes|no|on|off|true|false|null|\.nan|\.inf|\.?e[-+]?\d+)$/i
/** `15m`, `1 day`: no reader takes that for a number. */
const MEASURE = /^\d+ ?(s|m|h|day|days)$/

function scalar(value: string, isInLine: boolean): string {
  const safe = isInLine ? SAFE_IN_LINE : SAFE
  const isPlain = safe.test(value) && !BREAKS_OFF.test(value) && !WORDS.test(value)
  if (isPlain || MEASURE.test(value)) return value
  // oxlint-disable-next-line no-control-regex -- what single quotes cannot hold
  const needsEscapes = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(value)
  const isBetterDouble = value.includes("'") && !/["\\]/.test(value)
  if (needsEscapes || isBetterDouble) return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
  return `'${value.replaceAll("'", "''")}'`
}
