/** The CI systems whose files can be generated, and what each can say of a pipeline. */
import type { PlanProblem } from '../language/problem.ts'
import { buildkite } from './capabilities/buildkite.ts'
import { circleci } from './capabilities/circleci.ts'
import type { Capabilities } from './capabilities/capability.ts'
import { github } from './capabilities/github.ts'
import { gitlab } from './capabilities/gitlab.ts'
import { jenkins } from './capabilities/jenkins.ts'
import type { Used } from './features.ts'

export const TARGETS = ['github', 'gitlab', 'jenkins', 'circleci', 'buildkite'] as const
export type Target = (typeof TARGETS)[number]

export const TITLES: Readonly<Record<Target, string>> = {
  github: 'GitHub Actions',
  gitlab: 'GitLab CI',
  jenkins: 'Jenkins',
  circleci: 'CircleCI',
  buildkite: 'Buildkite',
}

export const CAPABILITIES: Readonly<Record<Target, Capabilities>> = {
  github,
  gitlab,
  jenkins,
  circleci,
  buildkite,
}

/** What a target refuses of a pipeline, each with its place: nothing is dropped in silence. */
export function refusals(target: Target, used: readonly Used[]): readonly PlanProblem[] {
  return used.flatMap(({ feature, path, job }): PlanProblem[] => {
    const capability = CAPABILITIES[target][feature]
    if (capability.how !== 'refused') return []
    const who = job === undefined ? 'The pipeline' : `The job ${job}`
    const message = `${who} asks for ${feature}: ${capability.because}`
    return [{ path, message, remedy: capability.remedy }]
  })
}
