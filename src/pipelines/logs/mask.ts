/**
 * Hiding secrets where a log is read: those that became known after it was written. Every byte that
 * is hidden becomes a star, so that offsets and lines stay where they are; a runner, which writes
 * the log, may shorten. A window is masked with what stands around it, since a secret does not end
 * where a window does.
 */

import { type Finder, makeFinder } from '#kernel/secrets/find.ts'
import { formsOf as formsOfOne } from '#kernel/secrets/forms.ts'

const STAR = 0x2a
/** A log that ends within a secret may be in the middle of writing it. */
const BEGUN_BYTES_MIN = 4

export interface Forms {
  /** Undefined: there is nothing to hide. */
  readonly finder: Finder | undefined
  /** Bytes of the longest. */
  readonly longest: number
}

/** How secrets may stand in a log: as they are, line by line, escaped, encoded. */
export function formsOf(secrets: readonly string[]): Forms {
  const all = [...new Set(secrets.flatMap(formsOfOne))].map((form) => Buffer.from(form, 'latin1'))
  return {
    finder: all.length === 0 ? undefined : makeFinder(all),
    longest: all.reduce((most, { length }) => Math.max(most, length), 0),
  }
}

/** How much must stand around a window for a secret at its border to be seen. */
export const marginOf = ({ longest }: Forms) => Math.max(0, longest - 1)

/** The same bytes with a star for each byte of a secret. `isEnd`: nothing follows them yet. */
export function mask(bytes: Uint8Array, { finder }: Forms, isEnd: boolean): Uint8Array {
  if (finder === undefined) return bytes
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let masked: Buffer | undefined
  const hide = (from: number, to: number) => {
    masked ??= Buffer.from(whole)
    masked.fill(STAR, from, to)
  }
  for (let found = finder.next(whole, 0); found; found = finder.next(whole, found.start + 1))
    hide(found.start, found.end)
  const open = isEnd ? finder.openFrom(whole) : whole.length
  if (whole.length - open >= BEGUN_BYTES_MIN) hide(open, whole.length)
  return masked ?? bytes
}
