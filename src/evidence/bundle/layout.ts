/**
 * A bundle: a folder that an auditor checks without Signalbox, and without trusting whoever made
 * it. What is in it is either a file of the log, or proven by one.
 */
export const BUNDLE_FORMAT = 1

export const PLACES = {
  manifest: 'manifest.json',
  population: 'population.csv',
  sums: 'SHA256SUMS',
  checkpoint: 'log/checkpoint',
  previous: 'log/prev-checkpoint',
  consistency: 'log/consistency',
  policy: 'keys/policy',
  logKeys: 'keys/log.vkey',
} as const

export interface Manifest {
  readonly format: typeof BUNDLE_FORMAT
  readonly service: string
  /** Counted are deployments that ended in one of these. */
  readonly environments: readonly string[]
  /** Half-open: what ended from, and before to; RFC 3339. */
  readonly window: { readonly from: string; readonly to: string }
  readonly origin: string
  readonly size: number
  /** Entries of the log that are in the bundle, without a gap: from, and before to. */
  readonly range: { readonly from: number; readonly to: number }
  readonly changes: number
  readonly madeAt: string
}

/** An event with what its commitment is made of. */
export interface Revealed {
  readonly index: number
  readonly type: string
  readonly stream: string
  readonly streamSeq: number
  /** Base64; null: words of it were erased, and only its header is left to check. */
  readonly salt: string | null
  readonly data: Readonly<Record<string, unknown>>
  /** As it was sealed, where the bundle's range does not hold it; a tlog-proof stands beside it. */
  readonly header?: string
}

export interface ChangeRecord {
  readonly deployment: string
  readonly events: readonly Revealed[]
  /** Streams of which nothing was found, or not all is sealed. */
  readonly gaps: readonly string[]
}

export const changePlace = (deployment: string, file: string) => `changes/${deployment}/${file}`
export const proofPlace = (deployment: string, index: number) =>
  changePlace(deployment, `${index}.tlog-proof`)

export const timestampPlace = (size: number, file: string) => `log/timestamps/${size}/${file}`
export const authorityPlace = (authority: string) => `keys/tsa-${authority}.pem`

/** Reads a bundle wherever it lies. */
export interface BundleFiles {
  list(): readonly string[]
  /** Undefined: it is not there. */
  read(path: string): Buffer | undefined
}
