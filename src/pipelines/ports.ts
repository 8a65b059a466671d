/** What the rooms need of blob and log storage, filled by connectors/files, and of issuers. */
import type { Rejection } from '#kernel/decider.ts'
import type { IdClaims } from './events/foreign.ts'

export interface CacheEntry {
  readonly id: string
  readonly manifest: string
  /** When it was asked for, or put there. */
  readonly usedAt: number
}

export interface BlobStore {
  /** Whether the blob is there, whole. */
  has(digest: string): Promise<boolean>
  /** Stores and verifies; throws Fault `blob.digest-mismatch`, `blob.too-large`. Atomic. */
  put(digest: string, body: NodeJS.ReadableStream, bytesMax: number): Promise<{ sizeBytes: number }>
  /** Throws Fault `blob.missing`. */
  get(digest: string): Promise<{ readonly body: NodeJS.ReadableStream; readonly sizeBytes: number }>
  /**
   * Whether it is there and is what its name says. The bytes are looked at when the file is not as
   * it was when they were last, and now and then otherwise; a file that holds others is removed.
   */
  isWhole(digest: string): Promise<boolean>
  /** Undefined when it is not here. Asking whether it is, or is whole, counts as using it. */
  facts(
    digest: string,
  ): Promise<{ readonly sizeBytes: number; readonly usedAt: number } | undefined>
  remove(digest: string): Promise<void>
  /** The file that holds the blob, for those on the same machine. */
  path(digest: string): string
}

/** Blobs that runs keep for people: a place of its own, because they are thrown away in time. */
export interface ArtifactFiles extends BlobStore {
  /** Whether it is there, and if so counts as put now: nobody discards it for a while. */
  keep(digest: string): Promise<boolean>
  /** Digests of files that nobody has put or kept lately, some at a time. */
  old(ageMs: number): AsyncIterable<readonly string[]>
  /** Throws the file away unless somebody has put or kept it lately. */
  discard(digest: string, ageMs: number): Promise<boolean>
}

/** Task cache: a key names a manifest (a blob). */
export interface CacheIndex {
  get(scope: string, key: string): Promise<string | undefined>
  put(scope: string, key: string, manifest: string): Promise<void>
  drop(scope: string, key: string): Promise<void>
  /** All of every scope, in no order. */
  entries(): AsyncIterable<CacheEntry>
  /** By the id of an entry. */
  remove(id: string): Promise<void>
}

/** Append-only job logs, addressed by attempt and byte offset; a repeated append is harmless. */
export interface LogStore {
  /** Bytes that continue at `offset`; bytes already there are skipped, a gap is refused. */
  append(log: LogName, offset: number, bytes: Uint8Array): Promise<{ readonly size: number }>
  /** At most 1 MiB from offset; negative offsets count from the end. */
  read(
    log: LogName,
    offset: number,
    bytesMax: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly offset: number; readonly size: number }>
  /**
   * Where a line begins, the first being 0; a negative number counts from the end. Past the last
   * line is the end of the log. One bounded read, whatever the log's size and its lines' lengths.
   */
  lineStart(log: LogName, line: number): Promise<LinePlace>
  /** The line that holds the byte at `offset`. */
  lineAt(log: LogName, offset: number): Promise<number>
}

export interface LinePlace {
  readonly line: number
  readonly offset: number
  /** Lines of the whole log, an unfinished last one among them. */
  readonly lines: number
  readonly size: number
}

/** Values that no reader of a log may see. They are looked up anew; nobody keeps them. */
export interface KnownSecrets {
  values(): readonly string[]
}

export interface LogName {
  readonly run: string
  readonly job: string
  readonly attempt: number
}

/** Moves a service to another number of its template. Filled by app.ts, with the catalog. */
export interface ServicePins {
  /** Only from `from`; pinned to `to` already is the same answer. */
  pin(at: {
    readonly service: string
    readonly from: string
    readonly to: string
  }): Promise<'pinned' | 'elsewhere'>
}

/** Tokens of the issuers that the operator believes. Filled by connectors/oidc. */
export interface IdTokens {
  /** Throws Fault `ci.issuer-away` when the issuer's keys cannot be had. */
  verify(token: string): Promise<IdClaims | Rejection<IdTokenRefusal>>
}

export type IdTokenRefusal =
  | 'exchange.malformed'
  | 'exchange.unknown-issuer'
  | 'exchange.wrong-algorithm'
  | 'exchange.unknown-key'
  | 'exchange.bad-signature'
  | 'exchange.other-audience'
  | 'exchange.expired'
  | 'exchange.not-yet'
  | 'exchange.claims-missing'
  | 'exchange.other-organization'
