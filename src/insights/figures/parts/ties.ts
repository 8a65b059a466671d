/**
 * Which part a name is of, for millions of names in a few bytes each: not the name is kept but 53
 * bits of its hash. Two names with one hash would make one part of two, which changes no figure.
 */
import type { Name } from './names.ts'

const FIRST_SIZE = 1 << 10
/** Of the places, how many may be taken before there have to be more. */
const FULL = 0.6
const NONE = -1

export interface Joined {
  readonly part: number
  /** Parts that are of it from now on. */
  readonly joined: readonly number[]
}

export class Ties {
  #hashes = new Float64Array(FIRST_SIZE)
  #parts = new Int32Array(FIRST_SIZE)
  #count = 0
  /** By part, the part that it became part of; itself while it stands alone. */
  readonly #above: number[] = []

  /** All these names are of one part; it is new when none of them was known. */
  join(names: readonly Name[]): Joined {
    let part = NONE
    const joined: number[] = []
    const fresh: number[] = []
    for (const name of names) {
      const hash = hashOf(name)
      const place = this.#placeOf(hash)
      if (this.#hashes[place] !== hash) {
        fresh.push(hash)
        continue
      }
      const root = this.#rootOf(this.#parts[place] ?? 0)
      if (root === part) continue
      if (part === NONE) part = root
      else {
        // The older stays, so that it is the same however they met.
        const [low, high] = [Math.min(root, part), Math.max(root, part)]
        this.#above[high] = low
        if (joined.includes(low)) joined.splice(joined.indexOf(low), 1)
        joined.push(high)
        part = low
      }
    }
    if (part === NONE) {
      part = this.#above.length
      this.#above.push(part)
    }
    for (const hash of fresh) this.#put(hash, part)
    return { part, joined }
  }

  partOf(name: Name): number | undefined {
    const hash = hashOf(name)
    const place = this.#placeOf(hash)
    return this.#hashes[place] === hash ? this.#rootOf(this.#parts[place] ?? 0) : undefined
  }

  #rootOf(part: number): number {
    let at = part
    for (let above = this.#above[at] ?? at; above !== at; above = this.#above[at] ?? at) {
      this.#above[at] = this.#above[above] ?? above
      at = this.#above[at] ?? above
    }
    return at
  }

  #placeOf(hash: number): number {
    const mask = this.#hashes.length - 1
    let place = (hash % 4_294_967_296) & mask
    while (this.#hashes[place] !== 0 && this.#hashes[place] !== hash) place = (place + 1) & mask
    return place
  }

  #put(hash: number, part: number): void {
    const place = this.#placeOf(hash)
    if (this.#hashes[place] === hash) return
    this.#hashes[place] = hash
    this.#parts[place] = part
    this.#count++
    if (this.#count > FULL * this.#hashes.length) this.#grow()
  }

  #grow(): void {
    const [hashes, parts] = [this.#hashes, this.#parts]
    this.#hashes = new Float64Array(hashes.length * 2)
    this.#parts = new Int32Array(hashes.length * 2)
    for (const [i, hash] of hashes.entries()) {
      if (hash === 0) continue
      const place = this.#placeOf(hash)
      this.#hashes[place] = hash
      this.#parts[place] = parts[i] ?? 0
    }
  }
}

/** Never 0, which is an empty place. */
function hashOf(name: string): number {
  let [low, high] = [0x811c9dc5, 0x9747b28c]
  for (let i = 0; i < name.length; i++) {
    const letter = name.charCodeAt(i)
    low = Math.imul(low ^ letter, 0x01000193)
    high = Math.imul(high ^ letter, 0x5bd1e995)
  }
  low = Math.imul(low ^ (low >>> 15) ^ high, 0x2c1b3c6d)
  high = Math.imul(high ^ (high >>> 13) ^ low, 0x297a2d39)
  low ^= low >>> 16
  high ^= high >>> 15
  return (high & 0x1fffff) * 4_294_967_296 + (low >>> 0) || 1
}
