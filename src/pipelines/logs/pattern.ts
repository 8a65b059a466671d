/**
 * Searching bytes in one pass, line by line, in time that grows with the text alone: the pattern
 * becomes a machine whose states are made when they are first met, as RE2 does it. A pattern that
 * meets very many states forgets them and starts anew, so memory is bounded too.
 */
import { reject, type Rejection } from '#kernel/decider.ts'
import { parsePattern, type PatternAsked, type Ranges, type Tree } from './pattern-parse.ts'

export type { PatternAsked } from './pattern-parse.ts'

export interface Pattern {
  /** Made anew for every search: what it learns of one log serves it until the end. */
  machine(): Machine
}

/** More parts than any pattern that a person types; counted repeats multiply. */
const NODES_MAX = 4_000
/** States kept at once. */
const STATES_MAX = 2_000

type Node =
  | { readonly kind: 'bytes'; readonly ranges: Ranges; next: number }
  | { readonly kind: 'fork'; readonly to: number[] }
  | { readonly kind: 'lineStart' | 'lineEnd'; next: number }
  | { readonly kind: 'found' }

export function compilePattern(asked: PatternAsked): Pattern | Rejection<'log.bad-pattern'> {
  const tree = parsePattern(asked)
  if ('rejected' in tree) return tree
  const nodes: Node[] = [{ kind: 'found' }]
  const start = build(nodes, tree, 0)
  if (nodes.length > NODES_MAX)
    return reject(
      'log.bad-pattern',
      'The pattern repeats so much that it would grow too large.',
      'Use smaller counts between { and }.',
    )
  return { machine: () => new Machine(nodes, start) }
}

/** Appends the nodes of a tree that go on to `next`; the first of them. */
function build(nodes: Node[], tree: Tree, next: number): number {
  if (nodes.length > NODES_MAX) return next
  switch (tree.kind) {
    case 'bytes':
      return nodes.push({ kind: 'bytes', ranges: tree.ranges, next }) - 1
    case 'lineStart':
    case 'lineEnd':
      return nodes.push({ kind: tree.kind, next }) - 1
    case 'all':
      return tree.of.reduceRight((after, part) => build(nodes, part, after), next)
    case 'any':
      return nodes.push({ kind: 'fork', to: tree.of.map((part) => build(nodes, part, next)) }) - 1
    case 'repeat':
      return buildRepeat(nodes, tree, next)
  }
}

type Repeat = Extract<Tree, { kind: 'repeat' }>

function buildRepeat(nodes: Node[], { of, min, max }: Repeat, next: number): number {
  let first = next
  if (max === undefined) {
    const loop: Node = { kind: 'fork', to: [next] }
    first = nodes.push(loop) - 1
    loop.to.push(build(nodes, of, first))
  } else
    for (let i = min; i < max; i++)
      first = nodes.push({ kind: 'fork', to: [next, build(nodes, of, first)] }) - 1
  for (let i = 0; i < min; i++) first = build(nodes, of, first)
  return first
}

interface State {
  /** Nodes that wait for a byte, or for the end of the line. */
  readonly nodes: readonly number[]
  readonly isFound: boolean
  readonly isFoundAtEnd: boolean
}

const UNKNOWN = -1

/** Where a search stands in its line. */
export class Machine {
  readonly #nodes: readonly Node[]
  readonly #start: number
  readonly #classOf: Uint8Array
  readonly #classes: number
  #states: State[] = []
  #numbers = new Map<string, number>()
  #next = new Int32Array(0)
  /** Bit 1: found; bit 2: found if the line ends here. */
  #flags = new Uint8Array(0)
  #first = 0

  constructor(nodes: readonly Node[], start: number) {
    this.#nodes = nodes
    this.#start = start
    const { classOf, classes } = classesOf(nodes)
    this.#classOf = classOf
    this.#classes = classes
    this.#forget()
  }

  /** The state at the start of a line. */
  get lineStart(): number {
    return this.#first
  }

  isFound(state: number): boolean {
    return ((this.#flags[state] ?? 0) & 1) !== 0
  }

  isFoundAtEnd(state: number): boolean {
    return (this.#flags[state] ?? 0) !== 0
  }

  /**
   * Steps over bytes until the pattern was found, the line ended, or `to` was reached; where it
   * stopped is `stoppedAt`.
   */
  run(state: number, bytes: Uint8Array, from: number, to: number): number {
    const classOf = this.#classOf
    const classes = this.#classes
    let [next, flags] = [this.#next, this.#flags]
    let now = state
    let i = from
    for (; i < to; i++) {
      const byte = bytes[i] ?? 0
      if (byte === 10) break
      const at = now * classes + (classOf[byte] ?? 0)
      let then = next[at] ?? UNKNOWN
      if (then === UNKNOWN) {
        then = this.#step(now, byte, at)
        ;[next, flags] = [this.#next, this.#flags]
      }
      now = then
      if (((flags[now] ?? 0) & 1) !== 0) break
    }
    this.stoppedAt = i
    return now
  }
  stoppedAt = 0

  #step(from: number, byte: number, at: number): number {
    const reached: number[] = []
    for (const n of this.#states[from]?.nodes ?? []) {
      const node = this.#nodes[n]
      if (node?.kind === 'bytes' && has(node.ranges, byte)) reached.push(node.next)
    }
    // A match may begin behind any byte.
    reached.push(this.#start)
    if (this.#states.length >= STATES_MAX) {
      this.#forget()
      return this.#number(reached, false)
    }
    const then = this.#number(reached, false)
    this.#next[at] = then
    return then
  }

  #forget(): void {
    this.#states = []
    this.#numbers = new Map()
    this.#next = new Int32Array(64 * this.#classes).fill(UNKNOWN)
    this.#flags = new Uint8Array(64)
    this.#first = this.#number([this.#start], true)
  }

  #number(from: readonly number[], isLineStart: boolean): number {
    const nodes = this.#closure(from, isLineStart, false)
    const key = `${isLineStart ? '^' : ''}${nodes.join(',')}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const isFound = nodes.includes(0)
    const isFoundAtEnd = isFound || this.#closure(nodes, isLineStart, true).includes(0)
    const number = this.#states.push({ nodes, isFound, isFoundAtEnd }) - 1
    this.#numbers.set(key, number)
    if (number >= this.#flags.length) this.#grow()
    this.#flags[number] = (isFound ? 1 : 0) | (isFoundAtEnd ? 2 : 0)
    return number
  }

  #grow(): void {
    const next = new Int32Array(this.#next.length * 2).fill(UNKNOWN)
    next.set(this.#next)
    const flags = new Uint8Array(this.#flags.length * 2)
    flags.set(this.#flags)
    ;[this.#next, this.#flags] = [next, flags]
  }

  /** What is reached without a byte, in order: the same set is the same state. */
  #closure(from: readonly number[], isLineStart: boolean, isLineEnd: boolean): number[] {
    const seen = new Set<number>()
    const left = [...from]
    for (let n = left.pop(); n !== undefined; n = left.pop()) {
      if (seen.has(n)) continue
      seen.add(n)
      const node = this.#nodes[n]
      if (node?.kind === 'fork') left.push(...node.to)
      if (node?.kind === 'lineStart' && isLineStart) left.push(node.next)
      if (node?.kind === 'lineEnd' && isLineEnd) left.push(node.next)
    }
    const isKept = (n: number) => ['bytes', 'lineEnd', 'found'].includes(this.#nodes[n]?.kind ?? '')
    return [...seen].filter(isKept).sort((a, b) => a - b)
  }
}

const has = (ranges: Ranges, byte: number) =>
  ranges.some(([low, high]) => byte >= low && byte <= high)

/** Bytes that no node tells apart share a column. */
function classesOf(nodes: readonly Node[]): { classOf: Uint8Array; classes: number } {
  const isBorder = new Uint8Array(257)
  for (const node of nodes)
    if (node.kind === 'bytes')
      for (const [low, high] of node.ranges) isBorder[low] = isBorder[high + 1] = 1
  const classOf = new Uint8Array(256)
  let classes = 0
  for (let byte = 0; byte < 256; byte++) {
    if (byte > 0 && isBorder[byte] === 1) classes += 1
    classOf[byte] = classes
  }
  return { classOf, classes: classes + 1 }
}
