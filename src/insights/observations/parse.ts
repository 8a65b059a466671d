/**
 * A line of the documented format (docs/guides/import.md) as an observation. Lenient in how
 * things are called and where they stand, strict in what they mean: what is wrong is refused with
 * its field and a remedy, since a figure that was counted from a guess looks like any other.
 */
import { nearest } from '#kernel/nearest.ts'
import { type Field, FIELDS, namesOf, plain, TYPES } from './fields.ts'
import type { Observation, ObservationType } from './observation.ts'
import { readFields, readInstant } from './values.ts'

/** What was told; the ids that it lacks are given to it when it is recorded. */
export type Parsed =
  | {
      readonly kind: 'observation'
      readonly observation: Draft
      readonly unknown: readonly string[]
    }
  | { readonly kind: 'unknownType'; readonly type: string }
  | Refused
export interface Refused {
  readonly kind: 'refused'
  readonly field: string
  readonly reason: string
  readonly remedy: string
}
/** An observation whose source gave it no id, or that was not recorded before. */
export type Draft = Omit<Observation, 'recordedAt' | 'sourceEventId'> & {
  readonly recordedAt?: number
  readonly sourceEventId?: string
}

const OCCURRED = ['occurredAt', 'at', 'time', 'timestamp', 'ts', 'date']
const RECORDED = ['recordedAt', 'ingestedAt', 'receivedAt']
const IDS = ['sourceEventId', 'eventId', 'id']
const ENVELOPE = new Set(
  ['type', 'data', 'source', 'v', 'specversion', ...OCCURRED, ...RECORDED, ...IDS].map(plain),
)
const SOURCE_MAX = 200
const ID_MAX = 400
/** When no source is told. */
const NO_SOURCE = 'import'

const NAMES = new Map<ObservationType, ReadonlyMap<string, Field>>(
  (Object.keys(FIELDS) as ObservationType[]).map((type) => [type, namesOf(FIELDS[type])]),
)

const refused = (field: string, reason: string, remedy: string): Refused => ({
  kind: 'refused',
  field,
  reason,
  remedy,
})

export function parseObservation(line: unknown): Parsed {
  if (typeof line !== 'object' || line === null || Array.isArray(line))
    return refused('', 'This is no JSON object.', 'Write one observation a line: {"type": …}.')
  const told = line as Readonly<Record<string, unknown>>
  const said = told['type'] ?? told['eventType']
  if (typeof said !== 'string' || said === '')
    return refused('type', 'No type is told.', `One of ${[...NAMES.keys()].join(', ')}.`)
  const type = TYPES.get(plain(said))
  if (type === undefined) return { kind: 'unknownType', type: said.slice(0, 100) }
  const occurred = readInstant(first(told, OCCURRED))
  if ('problem' in occurred)
    return refused('occurredAt', `occurredAt ${occurred.problem}.`, occurred.remedy)
  const at = occurred.value as number
  const envelope = readEnvelope(told, at)
  if ('kind' in envelope) return envelope
  const { unknown, read } = readTold(type, told, at)
  if ('problem' in read)
    return refused(read.problem.split(/[ [.]/)[0] ?? '', `${read.problem}.`, read.remedy)
  const observation = { ...DEFAULTS[type], ...read.value, ...envelope, type } as unknown as Draft
  return { kind: 'observation', observation, unknown }
}

/** What goes without saying. */
const DEFAULTS: Partial<Record<ObservationType, object>> = {
  'run.queued': { attempt: 1 },
  'run.started': { attempt: 1 },
  'run.finished': { attempt: 1 },
  'task.finished': { attempt: 1 },
  'tests.reported': { attempt: 1, configuration: 'default' },
  'failure.diagnosed': { isConfirmed: false },
  'artifact.published': { service: '' },
  'deployment.voided': { reason: '' },
  'deployment.amended': { reason: '' },
  'incident.causeLinked': { isConfirmed: false },
  'vuln.cleared': { severity: 'critical' },
}

function readTold(type: ObservationType, told: Readonly<Record<string, unknown>>, at: number) {
  const names = NAMES.get(type) ?? new Map<string, Field>()
  const { data } = told
  const isNested = typeof data === 'object' && data !== null && !Array.isArray(data)
  const unknown: string[] = []
  const read = readFields(names, isNested ? { ...told, ...data } : told, at, (name) => {
    if (!ENVELOPE.has(plain(name)) && plain(name) !== 'eventtype') unknown.push(name)
  })
  return { unknown, read }
}

function readEnvelope(
  told: Readonly<Record<string, unknown>>,
  occurredAt: number,
): Refused | Pick<Draft, 'occurredAt' | 'source' | 'recordedAt' | 'sourceEventId'> {
  const recorded = first(told, RECORDED)
  const recordedAt = recorded === undefined ? undefined : readInstant(recorded)
  if (recordedAt !== undefined && 'problem' in recordedAt)
    return refused('recordedAt', `recordedAt ${recordedAt.problem}.`, recordedAt.remedy)
  const { source, id: within } = readSource(told['source'])
  const id = within ?? first(told, IDS)
  if (source.length > SOURCE_MAX)
    return refused('source', 'source is too long.', `At most ${SOURCE_MAX} characters.`)
  if (id !== undefined && ((typeof id !== 'string' && typeof id !== 'number') || id === ''))
    return refused('id', 'id is no text.', 'Give the id by which the source knows this event.')
  if (id !== undefined && String(id).length > ID_MAX)
    return refused('id', 'id is too long.', `At most ${ID_MAX} characters.`)
  return {
    occurredAt,
    source: source === '' ? NO_SOURCE : source,
    ...(recordedAt !== undefined && { recordedAt: recordedAt.value as number }),
    ...(id !== undefined && { sourceEventId: String(id) }),
  }
}

function readSource(said: unknown): { readonly source: string; readonly id?: unknown } {
  if (typeof said === 'string') return { source: said }
  if (typeof said !== 'object' || said === null) return { source: '' }
  const told = said as Readonly<Record<string, unknown>>
  const parts = [told['system'], told['instance']].filter((one) => typeof one === 'string')
  const id = first(told, IDS)
  return { source: parts.join('/'), ...(id !== undefined && { id }) }
}

/** The first of these names that is told, however it is written. */
function first(told: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  for (const name of names) if (isTold(told[name])) return told[name]
  const wanted = names.map(plain)
  for (const [name, value] of Object.entries(told))
    if (wanted.includes(plain(name)) && isTold(value)) return value
  return undefined
}

const isTold = (value: unknown) => value !== undefined && value !== null && value !== ''

/** Columns of a file with a header that no type has, each with the nearest that one does. */
export function strangeColumns(
  columns: readonly string[],
): readonly { readonly column: string; readonly near: string | undefined }[] {
  const names = new Set([...ENVELOPE, ...[...NAMES.values()].flatMap((map) => [...map.keys()])])
  const offered = new Set(
    [...OCCURRED.slice(0, 1), 'recordedAt', 'id', 'source', 'type'].concat(
      [...NAMES.values()].flatMap((map) => [...map.values()].map(({ name }) => name)),
    ),
  )
  return columns
    .filter((column) => !names.has(plain(column)))
    .map((column) => ({ column, near: nearest(plain(column), offered) }))
}
