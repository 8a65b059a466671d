/** What the server answers about artifacts: its own types. */
import type { Trace as Traced } from '../../../src/evidence/queries.ts'
import type { RunRow } from '../../../src/pipelines/queries.ts'

import type { Reference } from '../../../src/artifacts/events.ts'

export type { Inspection } from '../../../src/artifacts/inspection.ts'
export type { ArtifactRow as Artifact } from '../../../src/artifacts/queries.ts'

/** From the commit to whom it hurt; a run's whole state belongs to its own page. */
export type Trace = Omit<Traced, 'runs'> & {
  readonly runs: readonly Omit<RunRow, 'state' | 'jobs'>[]
}

export interface Retention {
  readonly artifacts: readonly {
    readonly digest: string
    readonly keptBecause: readonly Reference[]
  }[]
}
