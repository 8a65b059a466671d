/** Facts about the audit log itself: an auditor asks first whether it was ever switched off. */
interface Fact {
  readonly at: number
  readonly by: string
}

export type AuditEvent =
  | (Fact & {
      readonly type: 'audit.started'
      /** Of several servers any may seal; each says when it begins and ends to. */
      readonly server: string
      readonly epoch: number
      readonly size: number
      /** What it signs with, as vkeys. */
      readonly keys: readonly string[]
    })
  | (Fact & { readonly type: 'audit.stopped'; readonly server: string })
  | (Fact & {
      readonly type: 'audit.keysChanged'
      readonly before: readonly string[]
      readonly now: readonly string[]
    })
  | (Fact & {
      /** What was written is not sealed for so long that somebody should look. */
      readonly type: 'audit.lagging'
      readonly lagMs: number
      readonly reason: string
    })
  | (Fact & { readonly type: 'audit.caughtUp' })
  | (Fact & {
      /** More was published than this database knows: it signs nothing until a person decides. */
      readonly type: 'audit.halted'
      readonly epoch: number
      readonly size: number
      readonly published: number
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'audit.epochBegun'
      readonly epoch: number
      /** The newest checkpoint of the epoch before that anybody published or cosigned. */
      readonly previous: string | null
      /** Entries of the epoch before that this database has lost: from, and up to. */
      readonly lost: readonly [from: number, to: number]
      readonly reason: string
    })
  | (Fact & {
      /** Its words are to be forgotten; the entry and its place stay. */
      readonly type: 'audit.erasureOrdered'
      readonly stream: string
      readonly version: number
      readonly fields: readonly string[]
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'audit.bundleExported'
      readonly service: string
      readonly environment: string | null
      readonly from: number
      readonly to: number
      readonly changes: number
      readonly size: number
    })
