/**
 * Takes secrets out of a stream of bytes before it leaves the machine. What is covered by any
 * occurrence of any secret, in any of the forms that tools print them in, becomes `***`. How the
 * stream was cut into chunks changes nothing in what comes out: what may yet become a secret is
 * held back, and no more than that, since people watch logs live.
 */
import { type Finder, makeFinder } from '#kernel/secrets/find.ts'
import { formsOf } from '#kernel/secrets/forms.ts'

const MASK = Buffer.from('***')
const NOTHING = Buffer.alloc(0)

export interface Masker {
  write(chunk: Uint8Array): Uint8Array
  /** What was held back, when no more comes. */
  end(): Uint8Array
  /** Forgets what was held back: it was cut in the middle. */
  drop(): void
  /** A text on its own. */
  mask(text: string): string
}

const OPEN: Masker = {
  write: (chunk) => chunk,
  end: () => NOTHING,
  drop: () => {},
  mask: (text) => text,
}

export function makeMasker(secrets: readonly string[]): Masker {
  const patterns = [...new Set(secrets.flatMap(formsOf))]
  if (patterns.length === 0) return OPEN
  const finder = makeFinder(patterns.map((pattern) => Buffer.from(pattern, 'latin1')))
  const stream = makeStream(finder)
  return {
    ...stream,
    mask(text) {
      const once = makeStream(finder)
      const bytes = Buffer.from(text)
      return Buffer.concat([once.write(bytes), once.end()]).toString()
    },
  }
}

function makeStream(finder: Finder) {
  let held: Buffer = NOTHING
  /** So much of what is held belongs to a secret that began earlier. */
  let covered = 0
  /** Whether the last thing that went out was a mask: what touches it belongs to it. */
  let wasMask = false

  const pass = (text: Buffer, upTo: number): Uint8Array => {
    const out: Buffer[] = []
    let at = 0
    const plain = (end: number) => {
      if (end <= at) return
      out.push(text.subarray(at, end))
      wasMask = false
      at = end
    }
    const mask = (end: number) => {
      if (end <= at) return
      if (!wasMask) out.push(MASK)
      wasMask = true
      at = end
    }
    // What lies beyond `upTo` is held, but a secret that reaches over it is remembered.
    let reach = covered
    mask(Math.min(reach, upTo))
    for (let from = 0; ;) {
      const found = finder.next(text, from)
      if (found === undefined) break
      if (found.start > reach) plain(Math.min(found.start, upTo))
      reach = Math.max(reach, found.end)
      mask(Math.min(reach, upTo))
      from = found.start + 1
      if (found.start >= upTo) break
    }
    plain(upTo)
    // A copy: what it is a part of may be written over, and is larger.
    held = Buffer.from(text.subarray(upTo))
    covered = Math.max(0, reach - upTo)
    return out.length === 1 ? (out[0] ?? MASK) : Buffer.concat(out)
  }
  return {
    write(chunk: Uint8Array): Uint8Array {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const text = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      return pass(text, finder.openFrom(text))
    },
    end: () => pass(held, held.length),
    drop() {
      held = NOTHING
      covered = 0
    },
  }
}
