/** Why a run failed, in the classes that say who has to look: us, the tests, or the machines. */
import type { Run } from '../api/types.ts'

export const CLASSES = ['tests', 'script', 'time', 'machine', 'package', 'pipeline'] as const
export type FailureClass = (typeof CLASSES)[number]

/** Who has to look, by class: most of the time is lost on looking in the wrong place. */
export const WHO_LOOKS: Readonly<Record<FailureClass, string>> = {
  tests: 'Whoever wrote the change: its tests say what is not as it was.',
  script: 'Whoever wrote the change: the command itself ended with an error.',
  time: 'Whoever wrote the job: it hangs, or its time-out is too short for what it does.',
  machine: 'Nobody who wrote code: the runner was lost or not set up. Run it again.',
  package: 'Whoever wrote the pipeline: what the job should hand on is not there, or too large.',
  pipeline: 'Whoever wrote the pipeline: it says something that cannot be.',
}

const OF_REASON: Readonly<Record<string, FailureClass>> = {
  tests: 'tests',
  script: 'script',
  signal: 'script',
  'timeout.wall': 'time',
  'timeout.idle': 'time',
  'lost.runner': 'machine',
  'infra.setup': 'machine',
  artifact: 'package',
}

type Failed = Pick<Run, 'outcome' | 'refusal' | 'failure'>

/** Undefined: it did not fail, or for a reason that has no class. */
export function classOf({ outcome, refusal, failure }: Failed): FailureClass | undefined {
  if (outcome !== 'failed') return undefined
  if (refusal !== null) return 'pipeline'
  return failure?.reason == null ? undefined : OF_REASON[failure.reason]
}

export function failureInWords(run: Failed): string {
  const { failure, refusal, outcome } = run
  if (outcome !== 'failed') return ''
  if (refusal !== null) return 'Its pipeline could not be planned.'
  if (failure === null) return 'Why is not known.'
  const { job, reason, testsFailed } = failure
  switch (classOf(run)) {
    case 'tests':
      return `${job}: ${testsFailed === 1 ? '1 test' : `${testsFailed ?? 'some'} tests`} failed.`
    case 'time':
      return `${job}: took too long.`
    case 'machine':
      return `${job}: its runner failed, not the code.`
    case 'package':
      return `${job}: could not package what was built.`
    case 'script':
    case 'pipeline':
    case undefined:
      return `${job}: ${reason === 'signal' ? 'was killed' : 'ended with an error'}.`
  }
}
