/** Facts about how long evidence is kept, and what of it was dropped. Never rename a field. */
interface Fact {
  readonly at: number
  readonly by: string
}

/** What a run left in words, as it was before it went. */
export interface RunLogsDropped {
  readonly run: string
  readonly endedAt: number
  /** Files: one a job's attempt. */
  readonly logs: number
  readonly bytes: number
  /** Of the list of all files with the digest of each. */
  readonly digest: string
}

export type RetentionEvent =
  | (Fact & {
      /** Their time is over; the bodies go a while later, unless something comes to keep them. */
      readonly type: 'retention.ordered'
      readonly service: string
      /** In words: which row of which table said so. */
      readonly rule: string
      readonly runs: readonly RunLogsDropped[]
    })
  | (Fact & {
      /** Before its bodies had gone, something came to keep it: it stays. */
      readonly type: 'retention.spared'
      readonly service: string
      readonly run: string
      readonly keptBy: string
    })
  | (Fact & {
      /** The bodies are gone. What they were stands here, sealed like any other event. */
      readonly type: 'retention.dropped'
      readonly service: string
      readonly rule: string
      readonly runs: readonly RunLogsDropped[]
    })

export type LegalHoldEvent =
  | (Fact & {
      readonly type: 'legalHold.placed'
      /** `*`: of all of them. */
      readonly service: string
      /** What happened in this time; null: from the first, up to whatever comes. */
      readonly from: number | null
      readonly to: number | null
      readonly incident: string | null
      readonly reason: string
      /** Who is asked whether it is still needed. */
      readonly owner: string
      /** Null: until somebody lifts it. */
      readonly until: number | null
    })
  | (Fact & { readonly type: 'legalHold.lifted'; readonly reason: string })
