/**
 * One expression: CEL, read once, bounded before and after it is read. CEL has no loops but those
 * over lists that are there, no clock and no way out, so what it costs is bounded by its length;
 * the bounds here keep that small enough to ask inside a decision.
 */
import type { celEnv, isCelError, isCelUint, parse, plan } from '@bufbuild/cel'

export type Tree = ReturnType<typeof parse>['expr']

/** What reads and answers expressions. */
export interface Cel {
  readonly parse: typeof parse
  readonly plan: typeof plan
  readonly isCelError: typeof isCelError
  readonly isCelUint: typeof isCelUint
  readonly environment: ReturnType<typeof celEnv>
}

/**
 * It takes longer to load than a run in which all is found, and most of those ask nothing. So it
 * comes with the planner (cel.ts), and whoever decides on a plan made before brings it along when
 * that has expressions.
 */
let loaded: Cel | undefined

export function useCel(cel: Cel): void {
  loaded = cel
}

/** What an `if` may ask about the jobs it needs; written as calls. */
export const STATUS_FUNCTIONS = ['always', 'succeeded', 'failed'] as const
export type StatusFunction = (typeof STATUS_FUNCTIONS)[number]
/** How such a call is bound: no identifier that anybody can write begins like this. */
export const STATUS_MARK = '@'

export interface ExpressionProblem {
  /** Inside the expression. */
  readonly offset: number
  readonly message: string
  readonly remedy: string
}

export interface Expression {
  readonly source: string
  readonly tree: Tree
  /** Names at the roots: `inputs`, `jobs`, … */
  readonly roots: ReadonlySet<string>
  readonly asks: ReadonlySet<StatusFunction>
  offsetOf(tree: Tree): number
  /** Of the bindings it names; what it cannot answer is a problem and never an exception. */
  answer(bindings: Bindings): { readonly value: unknown } | { readonly problem: string }
}

export type Bindings = Readonly<Record<string, unknown>>

const SOURCE_MAX = 1000
const DEPTH_MAX = 20
const NODES_MAX = 500
/** Two inside one another make a square of a list; three make what nobody waits for. */
const LOOPS_MAX = 2
const MEMO_MAX = 2000

type Read = { readonly expression: Expression } | { readonly problem: ExpressionProblem }

/** The same text is the same expression: legs of a matrix share theirs. */
const memo = new Map<string, Read>()

export function readExpression(source: string): Read {
  const known = memo.get(source)
  if (known !== undefined) return known
  // Whoever sees this forgot cel.ts; nothing runs on a guess.
  if (loaded === undefined) return NOT_LOADED
  const read = readNew(loaded, source)
  if (memo.size >= MEMO_MAX) memo.clear()
  memo.set(source, read)
  return read
}

const NOT_LOADED: Read = {
  problem: {
    offset: 0,
    message: 'This program did not load what answers expressions.',
    remedy: 'Report it: cel.ts is to be imported.',
  },
}

function readNew(cel: Cel, source: string): Read {
  const refused = (message: string, remedy: string, offset = 0) => ({
    problem: { offset, message, remedy },
  })
  if (source.trim() === '') return refused('An empty expression.', 'Write one, or take it away.')
  if (source.length > SOURCE_MAX)
    return refused(
      `An expression of ${source.length} characters; ${SOURCE_MAX} at most.`,
      'Move it into a script.',
    )
  if (depthOf(source) > DEPTH_MAX)
    return refused(`More than ${DEPTH_MAX} brackets inside one another.`, 'Write it simpler.')
  const { parse, plan, environment, isCelError } = cel
  try {
    const { expr: tree, sourceInfo } = parse(source)
    const found = survey(tree)
    if (found.nodes > NODES_MAX || found.loops > LOOPS_MAX)
      return refused('This expression does too much.', 'Move it into a script.')
    const evaluate = plan(environment, tree)
    return {
      expression: {
        source,
        tree,
        roots: found.roots,
        asks: found.asks,
        offsetOf: ({ id }) => sourceInfo?.positions[String(id)] ?? 0,
        answer(bindings) {
          const value = evaluate(bindings as Parameters<typeof evaluate>[0])
          return isCelError(value) ? { problem: value.message } : { value: plain(value) }
        },
      },
    }
  } catch (error) {
    return { problem: syntaxProblem(source, error) }
  }
}

function syntaxProblem(source: string, error: unknown): ExpressionProblem {
  const { location, message } = error as { location?: { start: { offset: number } } } & Error
  const offset = location?.start.offset ?? 0
  const hint = /&(?!&)/.test(source.slice(offset, offset + 2)) ? ' And is &&.' : ''
  const here = source.slice(offset, offset + 20)
  // What the parser expected instead is a list of all it knows: no help.
  const isPlaced = location !== undefined
  return {
    offset,
    message: isPlaced ? `This is no CEL from ${JSON.stringify(here)} on.` : message,
    remedy: `Compare with == != < > in, join with && || !, quote texts.${hint}`,
  }
}

/** Of brackets outside quotes. */
function depthOf(source: string): number {
  let [depth, deepest, quote] = [0, 0, '']
  for (let i = 0; i < source.length; i++) {
    const c = source[i] ?? ''
    if (quote !== '') {
      if (c === '\\') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if ('([{'.includes(c)) deepest = Math.max(deepest, ++depth)
    else if (')]}'.includes(c)) depth--
  }
  return deepest
}

interface Survey {
  readonly roots: Set<string>
  readonly asks: Set<StatusFunction>
  nodes: number
  /** The most loops inside one another. */
  loops: number
}

/** Counts, gathers names, and turns the calls that ask about jobs into names that are bound. */
function survey(tree: Tree): Survey {
  const found: Survey = { roots: new Set(), asks: new Set(), nodes: 0, loops: 0 }
  const open: { readonly node: Tree; readonly loops: number; readonly own: readonly string[] }[] = [
    { node: tree, loops: 0, own: [] },
  ]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, own } = next
    found.nodes++
    found.loops = Math.max(found.loops, next.loops)
    const asked = statusCall(node)
    if (asked !== undefined) {
      found.asks.add(asked)
      const value = { $typeName: 'cel.expr.Expr.Ident', name: STATUS_MARK + asked } as const
      node.exprKind = { case: 'identExpr', value }
      continue
    }
    const { exprKind } = node
    if (exprKind.case === 'identExpr' && !own.includes(exprKind.value.name))
      found.roots.add(exprKind.value.name)
    const isLoop = exprKind.case === 'comprehensionExpr'
    const names = isLoop
      ? [...own, exprKind.value.iterVar, exprKind.value.iterVar2, exprKind.value.accuVar]
      : own
    const loops = next.loops + (isLoop ? 1 : 0)
    for (const child of childrenOf(node)) open.push({ node: child, loops, own: names })
  }
  return found
}

function statusCall({ exprKind }: Tree): StatusFunction | undefined {
  if (exprKind.case !== 'callExpr' || exprKind.value.target !== undefined) return undefined
  if (exprKind.value.args.length > 0) return undefined
  return STATUS_FUNCTIONS.find((name) => name === exprKind.value.function)
}

export function childrenOf({ exprKind }: Tree): Tree[] {
  const there = (...nodes: readonly (Tree | undefined)[]) =>
    nodes.filter((node): node is Tree => node !== undefined)
  switch (exprKind.case) {
    case 'selectExpr':
      return there(exprKind.value.operand)
    case 'callExpr':
      return there(exprKind.value.target, ...exprKind.value.args)
    case 'listExpr':
      return exprKind.value.elements
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) =>
        there(keyKind.case === 'mapKey' ? keyKind.value : undefined, value),
      )
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value
      return there(iterRange, accuInit, loopCondition, loopStep, result)
    }
    case 'identExpr':
    case 'constExpr':
    case undefined:
      return []
  }
}

/** Numbers of CEL are 64 bits wide; what a pipeline counts fits into ours. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (loaded?.isCelUint(value) === true) return Number(value.value)
  return value
}
