/** What the server answers about policies, waivers and who may do what: the types of its own rows. */
/** In force: the row that counts for a tier in a kind of environment, and what it is called. */
export type { EffectivePolicy as PolicyInForce } from '../../../src/gates/queries.ts'
export type { ActorRow as Actor } from '../../../src/access/queries.ts'
export type {
  PolicyTableRow as StoredPolicy,
  WaiverRow as Waiver,
} from '../../../src/gates/views.ts'

import type { Control, Measured, NeedRow } from '../../../src/evidence/controls/matrix.ts'
import type { KnownReview, Line } from '../../../src/evidence/access-review/review.ts'
import type { Coverage as CoverageFigures } from '../../../src/evidence/traceability/coverage.ts'
import type { SnapshotRow } from '../../../src/evidence/queries/snapshots.ts'

export type { SnapshotRow as Snapshot }
export type GrantLine = Line

export type Coverage = CoverageFigures & { readonly from: number; readonly to: number }

export interface Controls {
  readonly controls: readonly (Control & { readonly frameworkName: string })[]
  readonly needs: readonly (Omit<NeedRow, 'controls'> & Measured)[]
}

export interface AccessReview {
  readonly id: string
  readonly team: string
  readonly status: KnownReview['status']
  readonly dueAt: number
  readonly counts: Readonly<Record<'grants' | 'kept' | 'revoked' | 'undecided', number>>
}

export type WholeAccessReview = AccessReview & { readonly lines: readonly GrantLine[] }

/** An event as it was written down. */
export interface Recorded {
  readonly version: number
  readonly recordedAt: number
  readonly type: string
  readonly at: number
  readonly by: string
  /** Of a policy that was applied. */
  readonly document?: PolicyDocument
  readonly digest?: string
}

/** How the audit log is. */
export interface AuditStatus {
  readonly state: 'sealing' | 'lagging' | 'halted'
  readonly size: number
  readonly witnessed: {
    readonly size: number
    readonly at: number
    readonly by: readonly string[]
  } | null
  readonly witnesses: readonly { readonly name: string }[]
}

/** A part of it read again. */
export interface AuditChecked {
  readonly to: number
  readonly size: number
  readonly mismatches: readonly { readonly index: number; readonly why: string }[]
}

export type { IncidentRow as Incident } from '../../../src/operations/queries.ts'
export type { RecorderFacts, RecordRow as GateRecord } from '../../../src/gates/queries/records.ts'
export type { Tried } from '../../../src/gates/playground.ts'

import type { PolicyDocument } from '../../../src/gates/events.ts'
import type { IncidentRow } from '../../../src/operations/queries.ts'
import type { RunbookStanding } from '../../../src/operations/runbook.ts'
import type { Suspect } from '../../../src/operations/suspects.ts'
import type { Refused } from '../../../src/insights/routes/hook-refusals.ts'
import type { Setting } from '../../../src/settings-in-force.ts'
import type { ReleaseNotes } from '../../../src/releases/views.ts'

export interface Runbook extends RunbookStanding {
  readonly service: string
  readonly owner: string
  readonly tier: number
}

export type IncidentDetail = IncidentRow & {
  readonly suspects: readonly Suspect[]
  readonly fixes: readonly {
    readonly promotion: string
    readonly deployment: string | null
    readonly service: string
    readonly environment: string
    readonly version: string
    readonly status: string
    readonly outcome: string | null
  }[]
  readonly emergencies: readonly {
    readonly emergency: string
    readonly status: string
    readonly late: readonly { readonly check: string }[]
  }[]
}

/** How a connection that others deliver by is doing. */
export interface Connection {
  readonly connection: string
  readonly kind: string
  readonly address: string
  readonly since: number
  readonly lastAt: number | null
  readonly deliveries: number
  readonly observations: number
  readonly unmapped: number
  /** Since this server started. */
  readonly refused: Refused
  readonly notes: readonly {
    readonly event: string
    readonly note: string
    readonly deliveries: number
  }[]
}

export interface Settings {
  readonly version: string
  readonly settings: readonly Setting[]
}

export interface Notes {
  readonly release: string
  readonly notes: ReleaseNotes | null
  /** To begin with. */
  readonly draft: string
  readonly lengthMax: number
  readonly seen: number
}
