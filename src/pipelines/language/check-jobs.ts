/** What is wrong with each job by itself, and between it and the others. */
import { nearest } from '#kernel/nearest.ts'
import type { Path } from './check-texts.ts'
import { artifactProblems } from './artifacts.ts'
import { includeOf } from './job-spec.ts'
import { LEGS_MAX, legCount } from './legs.ts'
import type { JobManifest } from './manifest.ts'
import type { PlanProblem } from './problem.ts'
import { axesOf } from './scope.ts'

export type Jobs = Readonly<Record<string, JobManifest>>

export function jobProblems(path: Path, name: string, job: JobManifest): PlanProblem[] {
  return [
    ...doingProblems(path, name, job),
    ...legProblems(path, name, job),
    ...serviceProblems(path, job),
    ...effectProblems(path, name, job),
    ...artifactProblems(path, name, job),
  ]
}

export function needProblems(
  path: Path,
  name: string,
  { needs = [] }: JobManifest,
  jobs: Jobs,
): PlanProblem[] {
  return needs.flatMap((need, i) => {
    if (Object.hasOwn(jobs, need)) return []
    const close = nearest(need, Object.keys(jobs))
    return [
      {
        path: [...path, 'needs', i],
        message: `${name} needs ${need}, and there is no such job.`,
        remedy: close === undefined ? 'Take it away or add the job.' : `Did you mean ${close}?`,
      },
    ]
  })
}

function doingProblems(path: Path, name: string, job: JobManifest): PlanProblem[] {
  if ((job.run === undefined) === (job.uses === undefined))
    return [
      {
        path,
        message: `${name} needs either run or uses, and not both.`,
        remedy: 'Write run: <shell line>, or uses: package.',
      },
    ]
  if (job.uses === undefined)
    return job.with === undefined
      ? []
      : [
          {
            path: [...path, 'with'],
            message: `${name} runs a shell line, which takes nothing with it.`,
            remedy: 'Put the values into env.',
          },
        ]
  return packageProblems(path, name, job)
}

function packageProblems(path: Path, name: string, job: JobManifest): PlanProblem[] {
  const stray = Object.keys(job.with ?? {}).filter((key) => key !== 'include')
  if (stray.length > 0)
    return stray.map((key) => ({
      path: [...path, 'with', key],
      message: `uses: package takes no ${key}.`,
      remedy:
        nearest(key, ['include']) === undefined ? 'It takes include.' : 'Did you mean include?',
    }))
  if (includeOf(job).length === 0)
    return [
      {
        path,
        message: `${name} packages nothing.`,
        remedy: 'List what belongs into the artifact: with: { include: [dist/**] }.',
      },
    ]
  const isMany = job.matrix !== undefined || job.shards !== undefined
  if (!isMany) return []
  return [
    {
      path,
      message: `${name} would make an artifact in each of its legs.`,
      remedy: 'A service has one artifact: package without matrix and shards.',
    },
  ]
}

function legProblems(path: Path, name: string, job: JobManifest): PlanProblem[] {
  const axes = axesOf(job)
  if (job.matrix !== undefined && Object.keys(axes).length === 0)
    return [
      {
        path: [...path, 'matrix'],
        message: 'This matrix has no axis.',
        remedy: "Give it one: matrix: { node: ['22', '24'] }.",
      },
    ]
  const count = legCount(job)
  if (count > LEGS_MAX)
    return [
      {
        path: [...path, job.matrix === undefined ? 'shards' : 'matrix'],
        message: `${name} would be ${count} jobs; ${LEGS_MAX} at most.`,
        remedy: 'Take values away, or a whole axis. Excludes are taken out after this is counted.',
      },
    ]
  return (job.matrix?.exclude ?? []).flatMap((row, i) =>
    Object.entries(row).flatMap(([axis, value]): PlanProblem[] => {
      const at = [...path, 'matrix', 'exclude', i, axis]
      const values = Object.hasOwn(axes, axis) ? axes[axis] : undefined
      if (values === undefined) {
        const close = nearest(axis, Object.keys(axes))
        const known = `There is ${Object.keys(axes).join(', ')}.`
        const remedy = close === undefined ? known : `Did you mean ${close}?`
        return [{ path: at, message: `The matrix has no axis ${axis}.`, remedy }]
      }
      if (values.includes(value)) return []
      const message = `${axis} is never ${JSON.stringify(value)}: this excludes nothing.`
      const shown = values.map((each) => JSON.stringify(each)).join(', ')
      return [{ path: at, message, remedy: `It is one of ${shown}; "24" is not 24.` }]
    }),
  )
}

function serviceProblems(path: Path, { services = {} }: JobManifest): PlanProblem[] {
  return Object.entries(services).flatMap(([name, { image, run, ready }]): PlanProblem[] => {
    const at = [...path, 'services', name]
    if ((image === undefined) === (run === undefined))
      return [
        {
          path: at,
          message: `${name} needs either image or run, and not both.`,
          remedy: "Write image: 'postgres:17@sha256:…', or run: <shell line>.",
        },
      ]
    const { within: _, ...ways } = ready ?? {}
    if (ready === undefined || Object.keys(ways).length === 1) return []
    return [
      {
        path: [...at, 'ready'],
        message: `${name} is ready in one way: tcp, http or cmd.`,
        remedy: 'Keep one of them.',
      },
    ]
  })
}

/** Doing it again is a person's decision: the first time may have worked. */
function effectProblems(path: Path, name: string, job: JobManifest): PlanProblem[] {
  if (job.effect === undefined) return []
  const isCached = (job.inputs ?? []).length > 0
  const isRetried = (job.retry?.max ?? 0) > 0
  const isRerun = (job.flaky?.rerunFailed ?? 0) > 0
  const stray = isRetried ? 'retry' : isRerun ? 'flaky' : isCached ? 'inputs' : undefined
  if (stray === undefined) return []
  return [
    {
      path: [...path, stray],
      message:
        stray === 'inputs'
          ? `${name} changes the world: it cannot be answered from a cache.`
          : `${name} changes the world: it is never done again by itself.`,
      remedy: `Take ${stray} away, or effect.`,
    },
  ]
}
