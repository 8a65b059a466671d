/** What the server answers: its own types, and the few that are the page's. Types alone. */
import type { HappeningRow } from '../../../src/evidence/queries.ts'
import type { JobRow } from '../../../src/pipelines/queries.ts'
import type { RunAnswer } from '../../../src/pipelines/routes/runs.ts'

export type {
  EnvironmentSpec as Environment,
  ServiceSpec as Service,
} from '../../../src/catalog/events.ts'
export type { IncidentRow as Incident } from '../../../src/operations/queries.ts'
export type { RunPerformance } from '../../../src/pipelines/performance/run-performance.ts'
export type { RunArtifact } from '../../../src/pipelines/routes/artifacts.ts'
export type { FleetAnswer as Fleet, FleetRunner } from '../../../src/pipelines/routes/fleet.ts'
export type { RunFailure } from '../../../src/pipelines/failure.ts'
export type {
  ReleaseHead as Release,
  ReleaseRow as ReleaseDetail,
} from '../../../src/releases/queries.ts'
export type { ReleasedCommit, SchemaFacts, SchemaStepKind } from '../../../src/releases/events.ts'

export interface Problem {
  readonly code: string
  readonly detail: string
  readonly remedy: string
  readonly status: number
}

export interface Me {
  readonly id: string
  readonly kind: string
  readonly roles: readonly string[]
}

export type Run = RunAnswer
export type Job = JobRow
export type RunWithJobs = Run & { readonly jobs: readonly Job[] }
export type Happening = HappeningRow
