/**
 * One value as a file holds it, as what its field holds: numbers and truths may be text, a list
 * may be text with `;` between, since a CSV knows nothing else. What cannot be read is said.
 */
import { nearest } from '#kernel/nearest.ts'
import { AMENDABLE, type Field, type Kind, namesOf, plain, type Words } from './fields.ts'

export type Read =
  | { readonly value: unknown }
  | { readonly problem: string; readonly remedy: string }

const TEXT_MAX = 1_000
const MESSAGE_MAX = 20_000
const ITEMS_MAX = 20_000
const PATHS_MAX = 5_000
/** 1990 and 2100: what lies outside is seconds, microseconds or a slip, and no instant. */
const [EARLIEST, LATEST] = [631_152_000_000, 4_102_444_800_000]
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)$/

const bad = (problem: string, remedy: string): Read => ({ problem, remedy })

export function readValue(kind: Kind, value: unknown, at: number): Read {
  if (typeof kind === 'object') return readWord(kind, value)
  switch (kind) {
    case 'text':
      return readText(value)
    case 'instant':
      return readInstant(value)
    case 'count':
    case 'amount':
      return readNumber(kind, value)
    case 'flag':
      return readFlag(value)
    case 'list':
    case 'path':
      return readList(value)
    case 'commits':
      return readItems(value, (one) => readCommit(one, at))
    case 'tests':
      return readItems(value, readTest)
    case 'set':
      return readSet(value, at)
  }
}

function readText(value: unknown): Read {
  if (typeof value !== 'string' && typeof value !== 'number')
    return bad(`is ${shape(value)}, not text`, 'Give a text.')
  const text = String(value)
  if (text.length > TEXT_MAX)
    return bad(`has ${text.length} characters`, `At most ${TEXT_MAX} are kept.`)
  if (text.includes('\0')) return bad('holds a NUL character', 'Take it out.')
  return { value: text }
}

export function readInstant(value: unknown): Read {
  const remedy = 'Write RFC 3339 with a zone (2026-03-01T12:00:00Z), or milliseconds since 1970.'
  const isNumeric = typeof value === 'string' && /^-?\d{1,16}(\.\d+)?$/.test(value.trim())
  const at =
    typeof value === 'number' || isNumeric
      ? Number(value)
      : typeof value === 'string' && RFC_3339.test(value.trim())
        ? Date.parse(value.trim().replace(' ', 'T'))
        : Number.NaN
  if (Number.isNaN(at)) return bad(`is no instant: ${show(value)}`, remedy)
  if (at < EARLIEST || at > LATEST)
    return bad(`lies before 1990 or after 2100: ${show(value)}`, remedy)
  return { value: Math.round(at) }
}

function readNumber(kind: 'count' | 'amount', value: unknown): Read {
  // `tier-1`, `SEV2`: people put a word before a number.
  const digits =
    typeof value === 'string' ? /^[a-z]{0,8}[\s_-]*(-?\d+(\.\d+)?)\s*%?$/i.exec(value.trim()) : null
  const number =
    typeof value === 'number' ? value : digits === null ? Number.NaN : Number(digits[1])
  if (!Number.isFinite(number)) return bad(`is no number: ${show(value)}`, 'Give a number.')
  if (kind === 'count' && (!Number.isInteger(number) || number < 0))
    return bad(`is no whole number from 0: ${show(value)}`, 'Give 0, 1, 2 …')
  return { value: number }
}

function readFlag(value: unknown): Read {
  if (typeof value === 'boolean') return { value }
  const said = typeof value === 'string' || typeof value === 'number' ? plain(String(value)) : ''
  if (['true', 'yes', '1', 't', 'y'].includes(said)) return { value: true }
  if (['false', 'no', '0', 'f', 'n'].includes(said)) return { value: false }
  return bad(`is neither true nor false: ${show(value)}`, 'Write true or false.')
}

const meanings = new WeakMap<Words, ReadonlyMap<string, string>>()

function meaningsOf(words: Words): ReadonlyMap<string, string> {
  const known = meanings.get(words)
  if (known !== undefined) return known
  const made = new Map<string, string>()
  for (const [word, also] of Object.entries(words))
    for (const one of [word, ...also]) made.set(plain(one), word)
  meanings.set(words, made)
  return made
}

function readWord(words: Words, value: unknown): Read {
  const said = plain(typeof value === 'string' ? value : '')
  const word = meaningsOf(words).get(said)
  if (word !== undefined) return { value: word }
  const known = Object.keys(words)
  const near = nearest(said, known)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return bad(`is not known: ${show(value)}`, `One of ${known.join(', ')}.${hint}`)
}

function readList(value: unknown): Read {
  const items = typeof value === 'string' ? fromText(value) : value
  if (!Array.isArray(items)) return bad(`is ${shape(value)}, not a list`, 'Give a list of texts.')
  if (items.length > PATHS_MAX)
    return bad(`has ${items.length} items`, `At most ${PATHS_MAX} are kept.`)
  const texts = items.map(readText)
  return texts.find((one) => 'problem' in one) ?? { value: items.map(String) }
}

/** Of a CSV: JSON, or text with `;` between. */
function fromText(value: string): unknown {
  if (/^\s*[[{]/.test(value)) {
    try {
      return JSON.parse(value)
    } catch {
      return undefined
    }
  }
  return value
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function readItems(value: unknown, readOne: (one: unknown) => Read): Read {
  const items = typeof value === 'string' ? fromText(value) : value
  if (!Array.isArray(items)) return bad(`is ${shape(value)}, not a list`, 'Give a list.')
  if (items.length > ITEMS_MAX)
    return bad(`has ${items.length} items`, `Tell at most ${ITEMS_MAX} at once.`)
  const read = items.map(readOne)
  const wrong = read.findIndex((one) => 'problem' in one)
  const first = read[wrong]
  if (first !== undefined && 'problem' in first)
    return bad(`[${wrong}] ${first.problem}`, first.remedy)
  return { value: read.flatMap((one) => ('value' in one ? [one.value] : [])) }
}

const field = (name: string, kind: Kind, isRequired: boolean, ...also: string[]): Field => ({
  name,
  kind,
  isRequired,
  also,
})
const COMMIT = namesOf([
  field('sha', 'text', true, 'id', 'hash', 'commit'),
  field('parents', 'list', false, 'parentShas', 'parentIds'),
  field('authoredAt', 'instant', false, 'authorDate', 'authorTime'),
  field('committedAt', 'instant', false, 'committerDate', 'timestamp', 'committerTime', 'at'),
  field('paths', 'path', false, 'files'),
  field('patchId', 'text', false),
])
const TEST = namesOf([
  field('test', 'text', true, 'name', 'id'),
  field(
    'outcome',
    {
      passed: ['pass', 'success', 'succeeded', 'ok'],
      failed: ['fail', 'failure', 'error'],
      skipped: ['skip', 'pending'],
    },
    true,
    'status',
    'result',
  ),
  field('isQuarantined', 'flag', false),
])
const SET = namesOf(AMENDABLE)

function readCommit(value: unknown, at: number): Read {
  if (typeof value === 'string') return { value: { sha: value, committedAt: at } }
  const read = readFields(COMMIT, value, at)
  if ('problem' in read) return read
  const { message } = Object(value) as { message?: unknown }
  const kept = typeof message === 'string' ? { message: cut(message) } : {}
  return { value: { committedAt: at, ...read.value, ...kept } }
}

/** Only words and trailers are read of it; NUL no database keeps. */
const cut = (message: string) => message.slice(0, MESSAGE_MAX).replaceAll('\0', ' ')

const readTest = (value: unknown): Read => readFields(TEST, value, 0)

function readSet(value: unknown, at: number): Read {
  const object = typeof value === 'string' ? fromText(value) : value
  const read = readFields(SET, object, at)
  if ('problem' in read) return read
  if (Object.keys(read.value).length === 0)
    return bad('changes nothing', `It may change ${AMENDABLE.map(({ name }) => name).join(', ')}.`)
  return read
}

/** The fields of an object by any of their names; what is null or empty was not told. */
export function readFields(
  names: ReadonlyMap<string, Field>,
  object: unknown,
  at: number,
  onUnknown: (name: string) => void = () => {},
):
  | { readonly value: Readonly<Record<string, unknown>> }
  | { readonly problem: string; readonly remedy: string } {
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    return { problem: `is ${shape(object)}, not an object`, remedy: 'Give an object of fields.' }
  const value: Record<string, unknown> = {}
  for (const [name, said] of Object.entries(object)) {
    const known = names.get(plain(name))
    if (known === undefined) onUnknown(name)
    else if (said !== null && said !== undefined && said !== '') {
      // Its own name goes before what others call it.
      if (known.name in value && plain(name) !== plain(known.name)) continue
      const read = readValue(known.kind, said, at)
      if ('problem' in read) return { problem: `${name} ${read.problem}`, remedy: read.remedy }
      value[known.name] = read.value
    }
  }
  for (const name of requiredOf(names))
    if (!(name in value)) return { problem: `${name} is missing`, remedy: `Tell ${name}.` }
  return { value }
}

type Names = ReadonlyMap<string, Field>
const required = new WeakMap<Names, readonly string[]>()

function requiredOf(names: Names): readonly string[] {
  const known = required.get(names)
  if (known !== undefined) return known
  const made = [...names.values()].flatMap(({ name, isRequired }) => (isRequired ? [name] : []))
  required.set(names, [...new Set(made)])
  return made
}

function shape(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'an object'
      : `a ${typeof value}`
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
