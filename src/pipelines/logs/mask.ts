/**
 * Hiding secrets where a log is read: those that became known after it was written. Every byte that
 * is hidden becomes a star, so that offsets and lines stay where they are; a runner, which writes
 * the log, may shorten. A window is masked with what stands around it, since a secret does not end
 * where a window does.
 */

/** A shorter value would hide half of every log. */
export const SECRET_LENGTH_MIN = 4
const STAR = 0x2a
/** A log that ends within a secret may be in the middle of writing it. */
const BEGUN_BYTES_MIN = 4

export type Forms = readonly Buffer[]

/** How a secret may stand in a log: as it is, line by line, escaped, encoded. */
export function formsOf(secrets: readonly string[]): Forms {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < SECRET_LENGTH_MIN) continue
    const plain = [secret, ...secret.split(/\r?\n/)]
    for (const text of plain)
      for (const form of [text, ...escapedOf(text), ...base64Of(text)])
        if (form.length >= SECRET_LENGTH_MIN) forms.add(form)
  }
  // The longest first: what it hides needs no second look.
  return [...forms].map((form) => Buffer.from(form)).sort((a, b) => b.length - a.length)
}

function escapedOf(text: string): string[] {
  if (!text.isWellFormed()) return [JSON.stringify(text).slice(1, -1)]
  const url = encodeURIComponent(text)
  return [JSON.stringify(text).slice(1, -1), url, url.replaceAll('%20', '+')]
}

/** The letters that are the same whatever stands before and after, at each of three places. */
function base64Of(text: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
    const whole = bytes.toString('base64').replaceAll('=', '')
    const first = Math.ceil((before * 4) / 3)
    const last = Math.floor((bytes.length * 4) / 3)
    const inner = whole.slice(first, last)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** How much must stand around a window for a secret at its border to be seen. */
export const marginOf = (forms: Forms) => Math.max(0, (forms[0]?.length ?? 1) - 1)

/** The same bytes with a star for each byte of a secret. `isEnd`: nothing follows them yet. */
export function mask(bytes: Uint8Array, forms: Forms, isEnd: boolean): Uint8Array {
  if (forms.length === 0) return bytes
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let masked: Buffer | undefined
  const hide = (from: number, to: number) => {
    masked ??= Buffer.from(whole)
    masked.fill(STAR, from, to)
  }
  for (const form of forms)
    for (let at = whole.indexOf(form); at >= 0; at = whole.indexOf(form, at + 1))
      hide(at, at + form.length)
  if (isEnd) {
    const begun = Math.max(0, ...forms.map((form) => begunBytes(whole, form)))
    if (begun > 0) hide(whole.length - begun, whole.length)
  }
  return masked ?? bytes
}

/** How many bytes at the end are the beginning of this form. */
function begunBytes(whole: Buffer, form: Buffer): number {
  const most = Math.min(form.length - 1, whole.length)
  for (let length = most; length >= BEGUN_BYTES_MIN; length--)
    if (whole.compare(form, 0, length, whole.length - length) === 0) return length
  return 0
}
