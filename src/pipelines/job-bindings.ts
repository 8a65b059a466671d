/** What expressions of a job speak of once the jobs before it have ended. */
import type { JobSpec } from './events.ts'
import { factBindings, filled, matrixBindings } from './language/bindings.ts'
import { type Settled, settledAs } from './language/conditions.ts'
import type { Bindings } from './language/expressions/expression.ts'
import { type JobState, jobNamed, type RunState, writtenName } from './run-state.ts'

/** What the needs of a job came to, those that have ended. */
export function needsOf(state: RunState, spec: JobSpec): readonly Settled[] {
  return spec.needs.flatMap((need) => settledAs([jobNamed(state, need)?.outcome]) ?? [])
}

/** Empty of jobs for the many that ask nothing: gathering them costs a look at each. */
export function jobBindings(state: RunState, spec: JobSpec): Bindings {
  const isAsking = spec.if !== undefined || spec.envLater !== undefined
  if (!isAsking || state.facts === undefined) return {}
  return {
    ...factBindings(state.facts),
    ...matrixBindings(spec.leg?.matrix),
    status: state.finally?.outcome ?? '',
    jobs: asksJobs(spec) ? jobsOf(state) : {},
  }
}

const asksJobs = ({ if: condition = '', envLater = {} }: JobSpec) =>
  [condition, ...Object.values(envLater)].some((text) => text.includes('jobs'))

/** The spec as a runner gets it: nothing in it is left to fill in. */
export function leasedSpec(state: RunState, { envLater, ...spec }: JobSpec): JobSpec {
  if (envLater === undefined) return spec
  const bindings = jobBindings(state, { ...spec, envLater })
  const late = Object.entries(envLater).map(([name, text]) => {
    const value = filled(text, bindings)
    // Whether it can be filled in was asked when the job became ready.
    return [name, 'filled' in value ? value.filled : '']
  })
  return { ...spec, env: { ...spec.env, ...(Object.fromEntries(late) as JobSpec['env']) } }
}

function jobsOf(state: RunState): Readonly<Record<string, unknown>> {
  const legs = Map.groupBy(state.jobs, writtenName)
  return Object.fromEntries(
    [...legs].map(([name, jobs]) => {
      const outcome = settledAs(jobs.map((job) => job.outcome)) ?? ''
      return [name, { outcome, results: jobs.length === 1 ? resultsOf(jobs[0]) : {} }]
    }),
  )
}

/** A result that was never said is empty: whoever asks in spite of a failure gets an answer. */
function resultsOf(job: JobState | undefined): Readonly<Record<string, string>> {
  const declared = Object.keys(job?.spec.results ?? {})
  return Object.fromEntries(
    declared.map((name) => [name, job?.outcome === undefined ? '' : (job.results?.[name] ?? '')]),
  )
}
