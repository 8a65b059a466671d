/**
 * The chain of a spool: each record names the digest of the one before it, so that one that is
 * missing, changed or in another place shows. Files are envelopes; their names are their numbers.
 */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { type DsseEnvelope, RECORD_TYPE, type SignedRecord } from '#kernel/record.ts'
import type { SpoolKey } from './key.ts'

export interface Entry {
  readonly number: number
  readonly envelope: DsseEnvelope
  readonly record: SignedRecord
  readonly digest: string
}

export interface Flaw {
  readonly number: number
  readonly what: 'missing' | 'altered' | 'misplaced' | 'unchained'
  readonly message: string
}

export function digestOfRecord(record: SignedRecord): string {
  return digestOfText(textOf(record))
}

export const textOf = (record: SignedRecord): string => canonicalize(record) ?? ''

const digestOfText = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** What a file holds, believed only as far as its digest; undefined when it is no record. */
export function readEntry(number: number, text: string): Entry | undefined {
  try {
    const envelope = JSON.parse(text) as DsseEnvelope
    const payload = Buffer.from(envelope.payload, 'base64').toString()
    const record = JSON.parse(payload) as SignedRecord
    if (typeof record.number !== 'number' || typeof record.what.kind !== 'string') return undefined
    return { number, envelope, record, digest: digestOfText(payload) }
  } catch {
    return undefined
  }
}

/** What is wrong between the first and the last; what came before was sent and pruned. */
export function flawsIn(
  key: Pick<SpoolKey, 'read'>,
  files: readonly { readonly number: number; readonly text: string }[],
): Flaw[] {
  const flaws: Flaw[] = []
  const say = (number: number, what: Flaw['what'], message: string) =>
    flaws.push({ number, what, message })
  let before: { readonly number: number; readonly digest: string | undefined } | undefined
  for (const { number, text } of files.toSorted((a, b) => a.number - b.number)) {
    for (let gone = before ? before.number + 1 : number; gone < number; gone++)
      say(gone, 'missing', `Record ${gone} is not there.`)
    const entry = readEntry(number, text)
    const signed = entry && key.read(RECORD_TYPE, entry.envelope)
    if (entry === undefined || signed !== textOf(entry.record))
      say(number, 'altered', `Record ${number} is not what this key signed.`)
    else if (entry.record.number !== number)
      say(number, 'misplaced', `Record ${entry.record.number} stands in the place of ${number}.`)
    else if (!continues(entry, before))
      say(number, 'unchained', `Record ${number} does not follow the one before it.`)
    before = { number, digest: entry?.digest }
  }
  return flaws
}

function continues(
  { number, record }: Entry,
  before: { readonly number: number; readonly digest: string | undefined } | undefined,
): boolean {
  if (number === 1) return record.previous === null
  if (record.previous === null) return false
  const isNext = before?.number === number - 1 && before.digest !== undefined
  return !isNext || record.previous === before.digest
}
