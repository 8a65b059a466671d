/**
 * The world failed: a disk, a process, a server that did not answer. Thrown, and wrapped once,
 * where a port meets the wire; a refused wish is a Rejection instead, and a broken invariant an
 * assert.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  /** Stable, listed in docs/reference/faults.md: `git.unreachable`. */
  readonly code: string
  /** Whether the same call may succeed later with nothing changed. */
  readonly retry: boolean
  /** What a person can do about it. */
  readonly remedy: string

  constructor(
    code: string,
    message: string,
    about: { readonly remedy: string; readonly retry?: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: about.cause })
    this.code = code
    this.retry = about.retry ?? true
    this.remedy = about.remedy
  }
}
