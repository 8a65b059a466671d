/** What may be asked of people, and the answer to "may it?". */
export interface ApprovalRule {
  readonly count: number
  /** How many of them must belong to the owning team. */
  readonly ownersMin: number
  readonly ownerTeam: string
  readonly expiresMs: number
  /** Actors that may not approve, each with the reason shown to them. */
  readonly excluded: readonly { readonly actor: string; readonly why: string }[]
}

/** The one answer to "may this happen?", for people, machines and the reconciler that does it. */
export interface Verdict {
  readonly verdict: 'allow' | 'wait' | 'deny'
  readonly reasons: readonly VerdictReason[]
  /** When it is worth asking again, if that is known. */
  readonly until?: number | undefined
  readonly whoCanAct: readonly string[]
}

export interface VerdictReason {
  /** `upstream.not-validated`, `check.failed`, `approval.missing`, `freeze.active`, … */
  readonly code: string
  readonly state: 'met' | 'waiting' | 'refused'
  readonly message: string
  readonly remedy: string
  /** The row of the policy that decided. */
  readonly policy: string
}
