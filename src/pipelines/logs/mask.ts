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

export interface Forms {
  readonly all: readonly Buffer[]
  readonly longest: number
  /** By the two bytes under a window's end: how far it may move on. After Wu and Manber. */
  readonly shifts: Uint8Array
  /** Those whose first four bytes end with these two. */
  readonly byEnd: ReadonlyMap<number, readonly Buffer[]>
}

/** How a secret may stand in a log: as it is, line by line, escaped, encoded. */
export function formsOf(secrets: readonly string[]): Forms {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < SECRET_LENGTH_MIN) continue
    for (const text of [secret, ...secret.split(/\r?\n/)])
      for (const form of [text, ...escapedOf(text), ...encodedOf(text)])
        if (form.length >= SECRET_LENGTH_MIN) forms.add(form)
  }
  const all = [...forms].map((form) => Buffer.from(form))
  // What is in no form moves the window by all but one of its bytes.
  const shifts = new Uint8Array(all.length === 0 ? 0 : 2 ** 16).fill(LAST + 1)
  const byEnd = new Map<number, Buffer[]>()
  for (const form of all) {
    for (let at = 0; at <= LAST; at++) {
      const pair = pairAt(form, at)
      shifts[pair] = Math.min(shifts[pair] ?? 0, LAST - at)
    }
    const end = pairAt(form, LAST)
    byEnd.set(end, [...(byEnd.get(end) ?? []), form])
  }
  return { all, longest: Math.max(0, ...all.map(({ length }) => length)), shifts, byEnd }
}

/** Where the last two bytes of the window begin, which is as long as the shortest secret. */
const LAST = SECRET_LENGTH_MIN - 2

const pairAt = (bytes: Uint8Array, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

function escapedOf(text: string): string[] {
  if (!text.isWellFormed()) return [JSON.stringify(text).slice(1, -1)]
  const url = encodeURIComponent(text)
  const lower = url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
  return [JSON.stringify(text).slice(1, -1), url, url.replaceAll('%20', '+'), lower]
}

/** Of Base64, the letters that are the same whatever stands before and after, at three places. */
function encodedOf(text: string): string[] {
  const hex = Buffer.from(text).toString('hex')
  const sixes = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
    const whole = bytes.toString('base64').replaceAll('=', '')
    const first = Math.ceil((before * 4) / 3)
    const last = Math.floor((bytes.length * 4) / 3)
    const inner = whole.slice(first, last)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [hex, hex.toUpperCase(), ...sixes]
}

/** How much must stand around a window for a secret at its border to be seen. */
export const marginOf = ({ longest }: Forms) => Math.max(0, longest - 1)

/** The same bytes with a star for each byte of a secret. `isEnd`: nothing follows them yet. */
export function mask(bytes: Uint8Array, forms: Forms, isEnd: boolean): Uint8Array {
  if (forms.all.length === 0) return bytes
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let masked: Buffer | undefined
  const hide = (from: number, to: number) => {
    masked ??= Buffer.from(whole)
    masked.fill(STAR, from, to)
  }
  const { shifts } = forms
  for (let at = LAST; at < whole.length - 1;) {
    const pair = pairAt(whole, at)
    const shift = shifts[pair] ?? 0
    if (shift === 0)
      for (const form of forms.byEnd.get(pair) ?? [])
        if (isAt(form, whole, at - LAST)) hide(at - LAST, at - LAST + form.length)
    at += Math.max(1, shift)
  }
  if (isEnd) {
    const begun = Math.max(0, ...forms.all.map((form) => begunBytes(whole, form)))
    if (begun > 0) hide(whole.length - begun, whole.length)
  }
  return masked ?? bytes
}

const isAt = (form: Buffer, whole: Buffer, at: number) =>
  at + form.length <= whole.length &&
  whole.compare(form, 0, form.length, at, at + form.length) === 0

/** How many bytes at the end are the beginning of this form. */
function begunBytes(whole: Buffer, form: Buffer): number {
  const most = Math.min(form.length - 1, whole.length)
  for (let length = most; length >= BEGUN_BYTES_MIN; length--)
    if (whole.compare(form, 0, length, whole.length - length) === 0) return length
  return 0
}
