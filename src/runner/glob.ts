/**
 * The globs of a job: `inputs`, `outputs`, `include`, `reports`, `artifacts`. Matched by hand, not
 * by RegExp: patterns come from a repository, and `*a*a*a*b` in a backtracking engine would stall
 * every job of this runner. Here a match costs at most pattern length times path length.
 */
import { Fault } from '#kernel/fault.ts'

/** Longer patterns are lists in disguise, and a list may hold many patterns. */
const PATTERN_LENGTH_MAX = 500
/** `{a,b}{c,d}` doubles with every pair; past this a pattern is an accident or an attack. */
const ALTERNATIVES_MAX = 100

export interface Globs {
  readonly isEmpty: boolean
  /** The longest names without wildcards that all it matches begins with: where to look. */
  readonly starts: readonly string[]
  matches(path: string): boolean
  /** Whether anything inside this folder might match: the others are never opened. */
  mayHold(directory: string): boolean
  /** The patterns that match none of these paths. */
  unmatched(paths: readonly string[]): string[]
}

/** Whether a pattern stands for whatever there is, rather than for one name. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[{]/.test(pattern)
}

type Token = '*' | ((char: string) => boolean)
type Segment = '**' | { readonly literal: string } | { readonly tokens: readonly Token[] }
interface Pattern {
  readonly text: string
  readonly alternatives: readonly (readonly Segment[])[]
}

/**
 * `*`, `?`, `[a-z]`, `[!a]`, `{a,b}` and `**`, over `/`-separated paths, names with a leading dot
 * included. A name without wildcards at the end also stands for all that is inside it (`dist` is
 * `dist/**`), and `!pattern` takes away. Throws Fault `runner.glob-refused`.
 */
export function compileGlobs(patterns: readonly string[]): Globs {
  const wanted = patterns.filter((text) => !text.startsWith('!')).map(compile)
  const unwanted = patterns.filter((text) => text.startsWith('!')).map((text) => text.slice(1))
  const refused = unwanted.map(compile)
  const inAny = (all: readonly Pattern[], path: readonly string[]) =>
    all.some((pattern) => pattern.alternatives.some((one) => matchesPath(one, path)))
  return {
    isEmpty: wanted.length === 0,
    starts: startsOf(wanted),
    matches(path) {
      const names = path.split('/')
      return inAny(wanted, names) && !inAny(refused, names)
    },
    mayHold(directory) {
      const names = directory.split('/')
      return wanted.some(({ alternatives }) => alternatives.some((one) => mayHold(one, names)))
    },
    unmatched: (paths) =>
      wanted
        .filter((pattern) => !paths.some((path) => inAny([pattern], path.split('/'))))
        .map((pattern) => pattern.text),
  }
}

function compile(text: string): Pattern {
  if (text.length > PATTERN_LENGTH_MAX) throw refuse(text, `is longer than ${PATTERN_LENGTH_MAX}`)
  if (/[\\\0]/.test(text)) throw refuse(text, 'has a backslash or a NUL in it')
  const alternatives: Segment[][] = []
  for (const plain of expandBraces(text, text)) {
    if (plain.startsWith('/')) throw refuse(text, 'is absolute')
    const names = plain.replace(/\/+$/, '/**').split('/')
    if (names.includes('..')) throw refuse(text, 'leaves the folder of the service')
    const segments = names.filter((name) => name !== '' && name !== '.').map(segmentOf)
    const last = segments.at(-1)
    if (last === undefined) throw refuse(text, 'names nothing')
    alternatives.push(segments)
    if (last !== '**' && 'literal' in last) alternatives.push([...segments, '**'])
  }
  return { text, alternatives }
}

function startsOf(patterns: readonly Pattern[]): string[] {
  const all = patterns.flatMap(({ alternatives }) =>
    alternatives.map((segments) => {
      const wild = segments.findIndex((segment) => segment === '**' || !('literal' in segment))
      const plain = wild < 0 ? segments : segments.slice(0, wild)
      return plain
        .map((segment) => (segment === '**' ? '' : 'literal' in segment ? segment.literal : ''))
        .join('/')
    }),
  )
  const sorted = [...new Set(all)].toSorted()
  if (sorted[0] === '') return ['']
  // What lies in another is found there.
  return sorted.filter((start) => !sorted.some((other) => start.startsWith(`${other}/`)))
}

function refuse(pattern: string, why: string): Fault {
  return new Fault('runner.glob-refused', `The glob '${pattern.slice(0, 80)}' ${why}.`, {
    remedy: 'Write it relative to the folder of the service, with / between names.',
    retry: false,
  })
}

function expandBraces(text: string, whole: string): string[] {
  const open = text.indexOf('{')
  if (open < 0) {
    if (text.includes('}')) throw refuse(whole, 'has a } without its {')
    return [text]
  }
  const parts: string[] = []
  let depth = 0
  let from = open + 1
  for (let i = open; i < text.length; i++) {
    const char = text[i]
    if (char === '{') depth++
    if (char === '}') depth--
    if ((char === ',' && depth === 1) || depth === 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
    if (depth > 0) continue
    const results = parts.flatMap((part) =>
      expandBraces(text.slice(0, open) + part + text.slice(i + 1), whole),
    )
    if (results.length > ALTERNATIVES_MAX) throw refuse(whole, 'has too many alternatives')
    return results
  }
  throw refuse(whole, 'has a { without its }')
}

function segmentOf(name: string): Segment {
  if (name === '**') return '**'
  if (!/[*?[]/.test(name)) return { literal: name }
  const tokens: Token[] = []
  const chars = Array.from(name)
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? ''
    const close = char === '[' ? chars.indexOf(']', i + 2) : -1
    if (char === '*') tokens.push('*')
    else if (char === '?') tokens.push(() => true)
    else if (close > 0) {
      tokens.push(classOf(chars.slice(i + 1, close)))
      i = close
    } else tokens.push((other) => other === char)
  }
  return { tokens }
}

function classOf(body: readonly string[]): (char: string) => boolean {
  const negated = body[0] === '!' || body[0] === '^'
  const chars = negated ? body.slice(1) : body
  const ranges: (readonly [string, string])[] = []
  for (let i = 0; i < chars.length; i++) {
    const from = chars[i] ?? ''
    const to = chars[i + 1] === '-' ? chars[i + 2] : undefined
    ranges.push([from, to ?? from])
    if (to !== undefined) i += 2
  }
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated
}

function matchesPath(pattern: readonly Segment[], path: readonly string[]): boolean {
  return matchesWild(pattern, path, '**', matchesName)
}

function matchesName(segment: Segment, name: string): boolean {
  if (segment === '**') return true
  if ('literal' in segment) return segment.literal === name
  return matchesWild(
    segment.tokens,
    Array.from(name),
    '*',
    (token, char) => token !== '*' && token(char),
  )
}

/** The greedy walk with one place to return to: only the last star ever needs to give way. */
function matchesWild<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  star: P,
  matchesOne: (part: P, item: T) => boolean,
): boolean {
  let part = 0
  let item = 0
  let lastStar = -1
  let taken = 0
  while (item < items.length) {
    const here = pattern[part]
    if (here === star) {
      lastStar = part++
      taken = item
    } else if (here !== undefined && matchesOne(here, items[item] as T)) {
      part++
      item++
    } else if (lastStar >= 0) {
      part = lastStar + 1
      item = ++taken
    } else return false
  }
  while (pattern[part] === star) part++
  return part === pattern.length
}

function mayHold(pattern: readonly Segment[], directory: readonly string[]): boolean {
  for (const [i, name] of directory.entries()) {
    const segment = pattern[i]
    if (segment === '**') return true
    if (segment === undefined || !matchesName(segment, name)) return false
  }
  return pattern.length > directory.length
}
