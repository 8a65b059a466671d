/**
 * Conditions as GitHub asks them. Its `==`, `contains` and `startsWith` take `Main` for `main`, and
 * whoever may push a branch chooses its name: so a text that anybody may choose is compared by a
 * small job in the shell, which does not, and the condition asks that job.
 */
import type { Comparison, Condition } from '../conditions/condition.ts'
import { leavesOf } from '../conditions/condition.ts'
import { type Leaf, print, type Words } from '../conditions/print.ts'
import type { Lowered } from '../lowered.ts'
import { quoted } from '../shell.ts'

export const ASKING = 'conditions'

export const EVENTS = {
  push: 'push',
  pullRequest: 'pull_request',
  manual: 'workflow_dispatch',
} as const

export const RESULTS = {
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'cancelled',
  skipped: 'skipped',
} as const

export const SUBJECTS = {
  branch:
    "github.event_name == 'pull_request' && format('pull/{0}', github.event.number) || " +
    'github.ref_name',
  ref: 'github.ref',
  sha: 'github.sha',
} as const

/** Every comparison that the small job makes, in an order that stays. */
export function askedOf(lowered: Lowered): readonly Comparison[] {
  const found = new Map<string, Comparison>()
  for (const leaf of lowered.jobs.flatMap(({ when }) => (when === undefined ? [] : leavesOf(when))))
    if (leaf.kind === 'text' && isOpen(leaf, lowered)) found.set(JSON.stringify(leaf), leaf)
  return [...found.values()]
}

/** Whether upper and lower case can make two of what GitHub takes for one. */
export function isOpen(leaf: Condition, { inputs }: Pick<Lowered, 'inputs'>): boolean {
  if (leaf.kind !== 'text' || leaf.of.is === 'event') return false
  if (leaf.of.is !== 'input') return true
  if (leaf.of.type !== 'text') return false
  const { type, options = [] } = inputs[leaf.of.name] ?? {}
  if (type !== 'choice' || leaf.operator !== '==') return true
  const all = new Set([...options, leaf.text])
  return new Set([...all].map((one) => one.toLowerCase())).size < all.size
}

export interface Around {
  readonly lowered: Lowered
  readonly needs: readonly string[]
  /** The jobs that decide how the run ended. */
  readonly main: readonly string[]
}

export function expressionOf(condition: Condition, around: Around): string | undefined {
  const asked = askedOf(around.lowered).map((one) => JSON.stringify(one))
  const words: Words = {
    and: ' && ',
    or: ' || ',
    not: (inner) => `!(${inner})`,
    constant: String,
    leaf: (leaf, isNegated) => leafOf(leaf, isNegated, around, asked),
  }
  return print(condition, words)
}

function leafOf(
  leaf: Leaf,
  isNegated: boolean,
  { lowered, needs, main }: Around,
  asked: readonly string[],
): string | undefined {
  const equal = isNegated ? '!=' : '=='
  const not = isNegated ? '!' : ''
  switch (leaf.kind) {
    case 'text': {
      if (isOpen(leaf, lowered)) {
        const i = asked.indexOf(JSON.stringify(leaf))
        return i < 0 ? undefined : `needs.${ASKING}.outputs.c${i + 1} ${equal} 'true'`
      }
      if (leaf.of.is === 'event')
        return `github.event_name ${equal} '${EVENTS[leaf.text as keyof typeof EVENTS] ?? 'never'}'`
      if (leaf.of.is !== 'input') return undefined
      const { name, type } = leaf.of
      return `inputs.${name} ${equal} ${type === 'text' ? literal(leaf.text) : leaf.text}`
    }
    case 'outcome':
      return `needs.${leaf.job}.result ${equal} '${RESULTS[leaf.is]}'`
    case 'asks':
      if (leaf.what === 'always') return isNegated ? 'false' : 'true'
      if (leaf.what === 'failed') return `${not}contains(needs.*.result, 'failure')`
      return group(
        needs.map((need) => `needs.${need}.result ${equal} 'success'`),
        isNegated ? ' || ' : ' && ',
      )
    case 'ended':
      return endedAs(leaf.as, isNegated, main)
  }
}

function endedAs(as: string, isNegated: boolean, main: readonly string[]): string {
  const any = (result: string) =>
    group(
      main.map((job) => `needs.${job}.result == '${result}'`),
      ' || ',
    )
  const none = (result: string) =>
    group(
      main.map((job) => `needs.${job}.result != '${result}'`),
      ' && ',
    )
  if (as === 'failed') return isNegated ? none('failure') : any('failure')
  if (as === 'cancelled') {
    const yes = `(${any('cancelled')} && ${none('failure')})`
    return isNegated ? `!${yes}` : yes
  }
  const yes = `(${none('failure')} && ${none('cancelled')})`
  return isNegated ? `!${yes}` : yes
}

const group = (parts: readonly string[], by: string): string =>
  parts.length === 1 ? (parts[0] ?? 'true') : parts.length === 0 ? 'true' : `(${parts.join(by)})`

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The lines of the small job: one output for each comparison. */
export function askingLines(asked: readonly Comparison[]): readonly string[] {
  return asked.map((one, i) => {
    const value = `"$${variableOf(one)}"`
    const text = one.text === '' ? "''" : quoted(one.text)
    const patterns = {
      '==': text,
      startsWith: `${text}*`,
      endsWith: `*${text}`,
      contains: `*${text}*`,
    }
    const say = (answer: string) => `echo c${i + 1}=${answer} >>"$GITHUB_OUTPUT"`
    const found = `${patterns[one.operator]}) ${say('true')}`
    return `case ${value} in ${found} ;; *) ${say('false')} ;; esac`
  })
}

export const variableOf = ({ of }: Comparison): string =>
  of.is === 'input' ? `INPUT_${of.name}` : of.is.toUpperCase()
