/**
 * The check `migration-lint`, answered from what a release does to its schema. What takes something
 * away from older releases makes their rollback impossible, and that is for people to want: the
 * check fails, and a waiver of it is the leave.
 */
import type { SchemaFacts, SchemaStep } from '#releases/events.ts'
import type { Check, TierPolicy } from './events.ts'

type Finding = Pick<Check, 'state' | 'message' | 'remedy'>

/** The worst of them; the release shows them all. */
const STEPS_SHOWN_MAX = 3

export function judgeSchema(
  { files, counts, steps, findings }: SchemaFacts,
  ofUnknown: TierPolicy['schemaUnknown'],
): Finding {
  const [finding] = findings
  if (finding !== undefined)
    return failed(
      `${finding.code}: ${finding.path} was in an earlier release, and is not what it was.`,
      'Leave it as it was, and write a new migration for what is to change.',
    )
  const taking = counts.contract + counts.irreversible
  if (taking > 0)
    return failed(
      `${numbered(taking, 'step')} would break older releases: ${shown(steps)}`,
      'Make it a release of its own, once no version inside any rollback window needs the old ' +
        'shape; then ask for a waiver of migration-lint, which says so.',
    )
  const what = `${numbered(counts.unknown, 'step')} could not be understood: ${shown(steps)}`
  if (counts.unknown > 0 && ofUnknown === 'unsafe')
    return failed(
      what,
      'Write them in a simpler way, or above each what it means: ' +
        '`-- signalbox: additive because …`.',
    )
  if (counts.unknown > 0 && ofUnknown === 'warn') return passed(`In doubt: ${what}`)
  if (files === 0) return passed('It brings no migration.')
  return passed(`Older releases still work after it.${remarksOf(steps)}`)
}

const passed = (message: string): Finding => ({ state: 'passed', message, remedy: '' })
const failed = (message: string, remedy: string): Finding => ({ state: 'failed', message, remedy })
const numbered = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

/** The worst stand first. */
function shown(steps: readonly SchemaStep[]): string {
  const [worst] = steps
  return steps
    .filter(({ kind }) => kind === worst?.kind)
    .slice(0, STEPS_SHOWN_MAX)
    .map(({ path, line, reason }) => (path === '' ? reason : `${path}:${line} ${reason}`))
    .join(' ')
}

/** They break nothing, but somebody may wait for them at a bad moment. */
function remarksOf(steps: readonly SchemaStep[]): string {
  const step = steps.find(({ remarks }) => remarks.length > 0)
  return step === undefined ? '' : ` Mind ${step.path}:${step.line}: ${step.remarks[0] ?? ''}`
}
