/** Reading a foreign configuration field by field, and saying of each what became of it. */
import { parseDuration } from '#kernel/duration.ts'

export interface Note {
  /** Where it stands: `spec.metrics[0].provider.datadog`. */
  readonly path: string
  readonly says: string
}

const NOTES_MAX = 500
const DEPTH_MAX = 20

export class Field {
  readonly path: string
  readonly #value: unknown
  readonly #notes: Note[]
  readonly #read = new Set<string>()

  constructor(value: unknown, path: string, notes: Note[]) {
    this.#value = value
    this.path = path
    this.#notes = notes
  }

  note(says: string): void {
    if (this.#notes.length < NOTES_MAX) this.#notes.push({ path: this.path, says })
  }

  get isThere(): boolean {
    return this.#value !== undefined && this.#value !== null
  }

  at(name: string): Field {
    this.#read.add(name)
    const inside = this.#value
    const value =
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, name)
        ? (inside as Readonly<Record<string, unknown>>)[name]
        : undefined
    return new Field(value, this.path === '' ? name : `${this.path}.${name}`, this.#notes)
  }

  /** Bounded: who has more than `most` has another problem. */
  list(most = 100): readonly Field[] {
    if (!this.isThere) return []
    if (!Array.isArray(this.#value)) {
      this.note('is no list, and was left out')
      return []
    }
    if (this.#value.length > most) this.note(`has more than ${most}: the rest was left out`)
    return this.#value
      .slice(0, most)
      .map((value, i) => new Field(value, `${this.path}[${i}]`, this.#notes))
  }

  entries(most = 100): readonly (readonly [string, Field])[] {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value))
      return []
    return Object.keys(this.#value)
      .slice(0, most)
      .map((name) => [name, this.at(name)] as const)
  }

  text(): string | undefined {
    if (!this.isThere) return undefined
    if (typeof this.#value === 'string') return this.#value.slice(0, 10_000)
    if (typeof this.#value === 'number') return String(this.#value)
    this.note('is no text, and was left out')
    return undefined
  }

  /** Empty where there is none. */
  quietText(): string {
    return typeof this.#value === 'string' ? this.#value.slice(0, 10_000) : ''
  }

  /** The same with each text in it changed. */
  mapTexts(change: (text: string) => string): Field {
    return new Field(mapped(this.#value, change, DEPTH_MAX), this.path, this.#notes)
  }

  number(): number | undefined {
    if (!this.isThere) return undefined
    const value = typeof this.#value === 'string' ? Number(this.#value) : this.#value
    if (typeof value === 'number' && Number.isFinite(value) && this.#value !== '') return value
    this.note('is no number, and was left out')
    return undefined
  }

  flag(): boolean {
    if (this.isThere && typeof this.#value !== 'boolean') this.note('is neither true nor false')
    return this.#value === true
  }

  durationMs(): number | undefined {
    const said = this.text()
    if (said === undefined) return undefined
    const ms = parseDuration(said)
    if (ms === undefined || ms <= 0) this.note(`${said.slice(0, 40)} is no duration`)
    return ms !== undefined && ms > 0 ? ms : undefined
  }

  oneOf<T extends string>(words: readonly T[]): T | undefined {
    const said = this.text()
    const found = words.find((word) => word === said)
    if (said !== undefined && found === undefined)
      this.note(`${said.slice(0, 40)} is none of ${words.join(', ')}`)
    return found
  }

  /** What was not asked for, each by its name. `harmless`: what says nothing about judging. */
  leaveRest(says = 'is not supported', harmless: readonly string[] = []): void {
    if (typeof this.#value !== 'object' || this.#value === null) return
    for (const name of Object.keys(this.#value))
      if (!this.#read.has(name) && !harmless.includes(name)) this.at(name).note(says)
  }
}

function mapped(value: unknown, change: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null || depth === 0) return value
  if (Array.isArray(value)) return value.map((each) => mapped(each, change, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, mapped(each, change, depth - 1)]),
  )
}
