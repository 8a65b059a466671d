/**
 * What the audit log needs of the outside: a place for files that never change, keys that it signs
 * with, and witnesses who say what they saw. Filled by connectors/log-folder, log-keys, witness.
 */
import type { SignatureType } from './log/note.ts'

/** Files by path below one root, each written once. A folder, a bucket. */
export interface LogStore {
  /**
   * The same bytes again are no mistake.
   * @throws Fault `audit.forked`: others are there already
   */
  put(path: string, bytes: Uint8Array): Promise<void>
  /** The one file that changes. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /** Undefined: it is not there. */
  get(path: string): Promise<Buffer | undefined>
}

export interface LogSigner {
  readonly type: SignatureType
  /** As a vkey carries it. */
  readonly publicKey: Buffer
  sign(message: Buffer): Buffer
}

export interface LogKeys {
  /** What the log is called in its checkpoints, whatever becomes of its keys. */
  readonly origin: string
  /** All of them sign: of two, one is on its way out. */
  readonly signers: readonly LogSigner[]
}

/** What a witness says to a checkpoint. */
export type Witnessed =
  | { readonly kind: 'cosigned'; readonly lines: readonly string[] }
  /** It knows the log at another size. */
  | { readonly kind: 'other-size'; readonly size: number }
  | { readonly kind: 'refused'; readonly why: string }

export interface WitnessClient {
  /** @throws Fault `witness.unreachable` */
  addCheckpoint(
    url: string,
    ask: { readonly old: number; readonly proof: readonly Buffer[]; readonly checkpoint: string },
  ): Promise<Witnessed>
}

/** Public keys of what signs artifacts, as PEM, the one in use first. */
export type ReleaseKeys = () => Promise<readonly string[]>
