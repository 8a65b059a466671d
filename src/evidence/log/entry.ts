/**
 * What the log says of an event: a header of names, numbers and instants, and of all else only a
 * salted commitment. Free text, and whatever else may have to be forgotten, stays beside the log;
 * once the salt is thrown away nobody can say from the commitment what it was (docs/adr/0032).
 */
import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { ENTRY_BYTES_MAX } from './tiles.ts'

export interface Header {
  readonly v: 1
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly streamSeq: number
  readonly occurredAt: string
  readonly recordedAt: string
  /** A pseudonym: whose it is, is known beside the log. */
  readonly actor: string
  /** `service:checkout`, `environment:prod`: what somebody would count by. */
  readonly subjects: readonly string[]
  readonly dataDigest: string
}

/** An event as it lies in the store. */
export interface Stored {
  readonly pos: number
  readonly type: string
  readonly stream: string
  readonly version: number
  readonly recordedAt: number
  readonly data: Readonly<Record<string, unknown>>
  /** Null: it was erased, and the digest is all that is left. */
  readonly salt: Buffer | null
  readonly digest: string | null
}

/** Fields whose values name things, never people: the only part of an event in its header. */
export const SUBJECT_FIELDS = [
  'service',
  'environment',
  'environmentKind',
  'release',
  'version',
  'artifact',
  'digest',
  'deployment',
  'promotion',
  'run',
  'sha',
  'outcome',
  'kind',
] as const

const SUBJECT_LENGTH_MAX = 300

export function commitmentOf(salt: Uint8Array, data: unknown): string {
  const bytes = Buffer.concat([salt, Buffer.from(canonicalize(data) ?? 'null')])
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

/** Streams that are called after a person. */
const OF_PEOPLE = 'actor-'

export const pseudonymized = (stream: string, pseudonym: (actor: string) => string): string =>
  stream.startsWith(OF_PEOPLE) ? `${OF_PEOPLE}${pseudonym(stream.slice(OF_PEOPLE.length))}` : stream

/** Everyone whom the header of this event names. */
export const actorsOf = ({ stream, data }: Pick<Stored, 'stream' | 'data'>): readonly string[] => [
  by(data),
  ...(stream.startsWith(OF_PEOPLE) ? [stream.slice(OF_PEOPLE.length)] : []),
]

const by = (data: Stored['data']): string => (typeof data['by'] === 'string' ? data['by'] : '')

export function headerOf(event: Stored, pseudonym: (actor: string) => string): Header {
  const { data, salt, digest } = event
  return {
    v: 1,
    id: `evt_${event.pos}`,
    type: event.type,
    stream: pseudonymized(event.stream, pseudonym),
    streamSeq: event.version,
    occurredAt: instant(data['at'], event.recordedAt),
    recordedAt: instant(event.recordedAt, 0),
    actor: pseudonym(by(data)),
    subjects: subjectsOf(event.type, data),
    dataDigest: salt === null ? (digest ?? '') : commitmentOf(salt, data),
  }
}

function subjectsOf(type: string, data: Stored['data']): string[] {
  const subjects: string[] = []
  for (const field of SUBJECT_FIELDS) {
    const value = data[field]
    if (typeof value !== 'string' || value === '' || value.length > SUBJECT_LENGTH_MAX) continue
    // Of an actor it says what sort of somebody it is.
    if (field === 'kind' && type.startsWith('actor.')) continue
    subjects.push(`${field}:${value}`)
  }
  return subjects
}

function instant(at: unknown, otherwise: number): string {
  const ms = typeof at === 'number' && Math.abs(at) <= 8.64e15 ? at : otherwise
  return new Date(ms).toISOString()
}

/** Canonical JSON (RFC 8785): the keys stand in their order, and texts are all there is. */
export function writeHeader(header: Header): Buffer {
  const { v, id, type, stream, streamSeq, occurredAt, recordedAt, actor, subjects } = header
  const { dataDigest } = header
  const bytes = Buffer.from(
    JSON.stringify({
      actor,
      dataDigest,
      id,
      occurredAt,
      recordedAt,
      stream,
      streamSeq,
      subjects,
      type,
      v,
    }),
  )
  // Its parts are bounded where they are made; longer, its length could not be written down.
  return bytes.length <= ENTRY_BYTES_MAX ? bytes : writeHeader({ ...header, subjects: [] })
}

/** Undefined: no header of ours. */
export function readHeader(entry: Uint8Array): Header | undefined {
  try {
    const read = JSON.parse(Buffer.from(entry).toString()) as Header
    const isHeader =
      read.v === 1 &&
      [read.id, read.type, read.stream, read.actor, read.dataDigest].every(
        (each) => typeof each === 'string',
      ) &&
      Array.isArray(read.subjects)
    return isHeader ? read : undefined
  } catch {
    return undefined
  }
}

export const subjectIn = ({ subjects }: Header, field: string): string | undefined =>
  subjects.find((each) => each.startsWith(`${field}:`))?.slice(field.length + 1)
