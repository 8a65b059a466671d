/**
 * Reads manifests: YAML documents of known kinds, checked by the schema of their kind. Every
 * problem names file, line and column, and for a misspelt key the known one it resembles. Knows no
 * kind by itself: the rooms bring their schemas.
 */
import { isMap, isScalar, LineCounter, parseAllDocuments, type Document, type Node } from 'yaml'
import type { z } from 'zod'
import { nearest } from '#kernel/nearest.ts'
import { plainJson } from './manifest-json.ts'
import { wrongShape } from './manifest-shape.ts'

export const API_VERSION = 'signalbox.dev/v1'
/** A file larger than this is not a manifest. */
const BYTES_MAX = 1024 * 1024
const DOCUMENTS_MAX = 500
/** Aliases that multiply ("billion laughs") end here. */
const ALIASES_MAX = 100
/** A file so wrong that more would not help. */
const PROBLEMS_MAX = 50
const TEXT_MAX = 500

export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
}

export interface ManifestProblem extends Place {
  readonly code:
    | 'manifest.syntax'
    | 'manifest.too-large'
    | 'manifest.unknown-kind'
    | 'manifest.unknown-key'
    | 'manifest.wrong-value'
    | 'manifest.dangling-reference'
    | 'manifest.duplicate'
  readonly message: string
  readonly remedy: string
}

export interface Manifest {
  readonly kind: string
  readonly name: string
  /** As the schema of its kind made it. */
  readonly value: unknown
  /** Where a path stands, and what inside its text: for problems found later. */
  place(path: readonly PropertyKey[], within?: number): Place
}

export type Kinds = Readonly<Record<string, z.ZodType>>

export function readManifests(
  file: string,
  text: string,
  kinds: Kinds,
): { readonly manifests: readonly Manifest[]; readonly problems: readonly ManifestProblem[] } {
  const top = { file, line: 1, column: 1 }
  if (Buffer.byteLength(text) > BYTES_MAX)
    return refuse('manifest.too-large', top, 'The file is larger than 1 MiB.', 'Split it.')
  const lines = new LineCounter()
  // Keys that stand twice are found by wrongShape, in linear time.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false }
  const json = plainJson(text)
  if (json !== undefined) {
    const reader = new Reader(file, text, lines, kinds)
    let parsed: Document | undefined
    const document = () => (parsed ??= parseAllDocuments(text, options)[0] as Document)
    if (reader.take(json, document)) return { manifests: reader.manifests, problems: [] }
  }
  const documents = parseAllDocuments(text, options)
  if (!Array.isArray(documents)) return { manifests: [], problems: [] }
  if (documents.length > DOCUMENTS_MAX)
    return refuse('manifest.too-large', top, `More than ${DOCUMENTS_MAX} documents.`, 'Split it.')
  const reader = new Reader(file, text, lines, kinds)
  for (const document of documents) if (!reader.isFull) reader.read(document)
  return { manifests: reader.manifests, problems: reader.problems.slice(0, PROBLEMS_MAX) }
}

function refuse(code: ManifestProblem['code'], place: Place, message: string, remedy: string) {
  return { manifests: [], problems: [{ code, ...place, message, remedy }] }
}

class Reader {
  readonly manifests: Manifest[] = []
  readonly problems: ManifestProblem[] = []
  readonly #file: string
  readonly #text: string
  readonly #lines: LineCounter
  readonly #kinds: Kinds

  constructor(file: string, text: string, lines: LineCounter, kinds: Kinds) {
    this.#file = file
    this.#text = text
    this.#lines = lines
    this.#kinds = kinds
  }

  /** Finding the place of a problem costs time, so no more are looked for than are shown. */
  get isFull(): boolean {
    return this.problems.length >= PROBLEMS_MAX
  }

  read(document: Document): void {
    for (const error of document.errors.slice(0, PROBLEMS_MAX))
      this.#say('manifest.syntax', this.#at(error.pos[0]), error.message, 'Mend the YAML.')
    const { contents } = document
    // A `---` at the end begins a document in which nothing stands.
    const isEmpty = contents === null || (isScalar(contents) && contents.value === null)
    if (document.errors.length > 0 || isEmpty) return
    const wrong = wrongShape(document)
    if (wrong !== undefined)
      return this.#say('manifest.syntax', this.#at(wrong.offset), wrong.message, wrong.remedy)
    const value = this.#plain(document)
    if (value === undefined) return
    const schema = this.#schemaOf(document, value)
    if (schema === undefined) return
    const checked = schema.safeParse(value)
    if (checked.success) return this.#keep(value, checked.data, () => document)
    for (const issue of checked.error.issues) {
      if (this.isFull) return
      this.#complain(document, schema, issue)
    }
  }

  /** One that is right in all; false: what is wrong with it has to be said. */
  take(value: Record<string, unknown>, document: () => Document): boolean {
    const kind = value['kind']
    const isKnown = typeof kind === 'string' && Object.hasOwn(this.#kinds, kind)
    if (value['apiVersion'] !== API_VERSION || !isKnown) return false
    const checked = this.#kinds[kind]?.safeParse(value)
    if (checked?.success !== true) return false
    this.#keep(value, checked.data, document)
    return true
  }

  #keep(value: Record<string, unknown>, checked: unknown, document: () => Document): void {
    const kind = String(value['kind'])
    const name = String((value['metadata'] as { name?: unknown } | undefined)?.name ?? '')
    const place = (path: readonly PropertyKey[], within?: number) =>
      this.#placeOf(document(), path, within)
    this.manifests.push({ kind, name, value: checked, place })
  }

  #plain(document: Document): Record<string, unknown> | undefined {
    try {
      const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX })
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value as Record<string, unknown>
      this.#say(
        'manifest.wrong-value',
        this.#placeOf(document, []),
        'A manifest is a mapping.',
        `Begin with: apiVersion: ${API_VERSION}`,
      )
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#say(
        'manifest.syntax',
        this.#placeOf(document, []),
        message,
        'Use fewer aliases, or none.',
      )
    }
    return undefined
  }

  #schemaOf(document: Document, value: Record<string, unknown>): z.ZodType | undefined {
    if (value['apiVersion'] !== API_VERSION) {
      const message = `apiVersion is ${JSON.stringify(value['apiVersion'] ?? null)}.`
      const place = this.#placeOf(document, ['apiVersion'])
      this.#say('manifest.wrong-value', place, message, `Write apiVersion: ${API_VERSION}`)
      return undefined
    }
    const kind = String(value['kind'] ?? '')
    const schema = Object.hasOwn(this.#kinds, kind) ? this.#kinds[kind] : undefined
    if (schema === undefined)
      this.#say(
        'manifest.unknown-kind',
        this.#placeOf(document, ['kind']),
        `There is no kind ${JSON.stringify(kind)}.`,
        didYouMean(kind, Object.keys(this.#kinds)),
      )
    return schema
  }

  #complain(document: Document, schema: z.ZodType, issue: z.core.$ZodIssue): void {
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path)
      for (const key of issue.keys.slice(0, PROBLEMS_MAX))
        this.#say(
          'manifest.unknown-key',
          this.#keyPlace(document, issue.path, key),
          `Unknown key ${pathText([...issue.path, key])}.`,
          didYouMean(key, known),
        )
      return
    }
    const place = this.#placeOf(document, issue.path)
    const kind = String(document.get('kind')).toLowerCase()
    const remedy = `What belongs there: docs/reference/schemas/${kind}.json.`
    const message = whatIsWrong(document, issue)
    this.#say('manifest.wrong-value', place, message, remedy)
  }

  #keyPlace(document: Document, path: readonly PropertyKey[], key: string): Place {
    const map = path.length === 0 ? document.contents : document.getIn([...path], true)
    if (isMap(map))
      for (const pair of map.items) {
        const node = pair.key as Node & { value?: unknown }
        if (String(node.value) === key && node.range) return this.#at(node.range[0])
      }
    return this.#placeOf(document, path)
  }

  /** Of the value at the path, or of the nearest thing around it that is there. */
  #placeOf(document: Document, path: readonly PropertyKey[], within = 0): Place {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
      const range = (node as Node | undefined)?.range
      if (!range) continue
      const isWhole = length === path.length && isScalar(node)
      return this.#at(range[0] + (isWhole ? this.#offsetIn(node.value, range, within) : 0))
    }
    return { file: this.#file, line: 1, column: 1 }
  }

  /** Of a place in a text; a text that is folded or escaped is not the one that was written. */
  #offsetIn(value: unknown, [from, to]: readonly number[], within: number): number {
    const begin = this.#text.slice(from, to).indexOf(String(value))
    return within > 0 && begin >= 0 ? begin + within : 0
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line, column: col }
  }

  #say(code: ManifestProblem['code'], place: Place, message: string, remedy: string): void {
    this.problems.push({ code, ...place, message: cut(message), remedy: cut(remedy) })
  }
}

/** What a schema says of a key that is not there. */
const OF_MISSING: readonly string[] = ['invalid_type', 'invalid_union', 'invalid_value']

function whatIsWrong(document: Document, issue: z.core.$ZodIssue): string {
  const path = pathText(issue.path)
  if (OF_MISSING.includes(issue.code) && path !== '' && !document.hasIn([...issue.path]))
    return issue.code === 'invalid_type'
      ? `${path} is missing; it is ${article(issue.expected)}.`
      : `${path} is missing.`
  return `${path === '' ? '' : `${path}: `}${issue.message.replace(/^Invalid input: /, '')}.`
}

const article = (noun: string) => `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`

/** What is quoted came from the file, and may be as long as the file. */
const cut = (text: string) => (text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`)

export function didYouMean(word: string, known: readonly string[]): string {
  const close = nearest(word, known)
  return close === undefined
    ? `Known here: ${[...known].sort().slice(0, 20).join(', ')}.`
    : `Did you mean ${close}?`
}

const pathText = (path: readonly PropertyKey[]) => path.map(String).join('.')

interface Def {
  readonly type: string
  readonly shape?: Record<string, z.ZodType>
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

/** The keys that the schema knows at a path, looking through optionals, defaults and unions. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const def = schema.def as unknown as Def
  const inner = def.innerType ?? def.in
  if (inner !== undefined) return keysAt(inner, path)
  if (def.options !== undefined) return def.options.flatMap((option) => keysAt(option, path))
  const [step, ...rest] = path
  if (step === undefined) return Object.keys(def.shape ?? {})
  const next = def.shape?.[String(step)] ?? def.element ?? def.valueType
  return next === undefined ? [] : keysAt(next, rest)
}
