/** One target's way to write a pipeline. */
import type { PlanProblem } from '../language/problem.ts'
import type { Lowered } from './lowered.ts'

export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
  /** How comments begin there. */
  readonly comment: '#' | '//'
}

export type Generated =
  | { readonly files: readonly GeneratedFile[] }
  | { readonly problems: readonly PlanProblem[] }

export type Generator = (lowered: Lowered) => Generated

export const jobPath = (job: { readonly name: string; readonly isFinal: boolean }): string[] =>
  job.isFinal ? ['spec', 'finally', 'jobs', job.name] : ['spec', 'jobs', job.name]
