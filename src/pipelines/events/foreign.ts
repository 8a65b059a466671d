/**
 * Facts about what other CI systems did. Who says so is part of each fact: what an issuer signed is
 * told apart from what a job says of itself.
 */
export const CI_SYSTEMS = ['github', 'gitlab', 'circleci', 'buildkite', 'jenkins', 'other'] as const
export type CiSystem = (typeof CI_SYSTEMS)[number]

export type Claim = 'repository' | 'ref' | 'commit' | 'run'

/** Where a run took place that no runner of ours did. */
export interface RunOrigin {
  readonly system: CiSystem
  /** Who signed for it, as the operator's file calls them; null: nobody did. */
  readonly issuer: string | null
  /** As the other system calls it. */
  readonly run: string
  /** From 1: run again there, it is another run here, and the first stays as it was. */
  readonly attempt: number
  readonly url?: string | undefined
  /** The builder's name in provenance, a URI. */
  readonly builder: string
  /** What the issuer signed. All else is the job's own word. */
  readonly vouched: readonly Claim[]
}

/** Something a job made, and keeps elsewhere: known here by its digest alone. */
export interface ForeignArtifact {
  readonly name: string
  readonly digest: string
  /** Where it lies, for people. */
  readonly uri?: string | undefined
  readonly sizeBytes?: number | undefined
}

/** What an issuer signed, in our words. */
export interface IdClaims {
  /** Of the token: the same token, the same id. */
  readonly id: string
  /** As the operator's file calls it. */
  readonly issuer: string
  readonly system: CiSystem
  /** `github.com/acme/shop`, or an address that the operator gave it. */
  readonly repository: string
  /** `refs/heads/main` */
  readonly ref: string
  /** Proposed, into the branch `base`; empty: it does not say which. */
  readonly pullRequest?: { readonly number: number; readonly base: string } | undefined
  /** Not every issuer signs it. */
  readonly sha?: string | undefined
  readonly run: string
  readonly attempt?: number | undefined
  readonly execution: string
  readonly url?: string | undefined
  readonly builder: string
}

/** What a token of an issuer lets its job report on, and no other. */
export interface Vouched {
  readonly service: string
  readonly branch: string
  readonly pullRequest?: { readonly number: number; readonly base: string } | undefined
  readonly sha?: string | undefined
  readonly origin: Omit<RunOrigin, 'attempt'> & { readonly attempt?: number | undefined }
  /** Which execution of a job speaks: the same one again says nothing new. */
  readonly execution: string
}

export type ExchangeEvent = {
  readonly type: 'exchange.granted'
  readonly at: number
  readonly by: string
  /** SHA-256 of the secret, hex. The secret was made by the job and never came here. */
  readonly hash: string
  readonly expiresAt: number
} & Vouched
