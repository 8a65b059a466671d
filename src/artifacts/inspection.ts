/**
 * What lies beside an artifact, for people to read: every attestation with whether it may be
 * believed, what provenance says, and the parts that the SBOM lists. Whether a release may rest on
 * it is not decided here but in verification.ts, whose judgement is shown as it is.
 */
import { z } from 'zod'
import { type ShownScan, newestScan } from './attest/findings.ts'
import { BUILT, PREDICATE } from './events.ts'
import { type Origin, originOf } from './provenance.ts'
import { readStatement, speaksOf, type Statement } from './statement.ts'
import {
  type Attestation,
  type Claim,
  type Demands,
  type Judgement,
  judgeAttestations,
} from './verification.ts'

export interface Kept {
  /** Of the attestation. */
  readonly digest: string
  readonly attestation: Attestation & { readonly keyId?: string | undefined }
}

export interface ShownAttestation {
  readonly digest: string
  readonly kind: keyof typeof PREDICATE | 'other' | 'unreadable'
  /** Empty when it cannot be read. */
  readonly predicateType: string
  readonly isTrusted: boolean
  /** Why it is not; empty when it is. */
  readonly why: string
  readonly keyId: string | null
}

export interface Part {
  readonly name: string
  readonly version: string
  readonly kind: string
  readonly licences: readonly string[]
}

export interface Inspection {
  readonly judgement: Judgement
  readonly attestations: readonly ShownAttestation[]
  /** What trusted provenance says; null when there is none. */
  readonly origin: Origin | null
  /** Null: no trusted SBOM. */
  readonly parts: readonly Part[] | null
  /** The SBOM lists more than are shown. */
  readonly partsCut: boolean
  /** What the newest trusted scan found; null: nobody scanned it. */
  readonly scan: ShownScan | null
}

/** A large service has as many; the rest is in the document itself. */
const PARTS_MAX = 2_000
const WORDS_MAX = 200

const text = z.string().transform((words) => words.slice(0, WORDS_MAX))
const licence = z.object({
  license: z.object({ id: text.optional(), name: text.optional() }).optional(),
  expression: text.optional(),
})
const component = z.object({
  name: text,
  version: text.default(''),
  type: text.default(''),
  licenses: z.array(licence).max(100).default([]),
})

/** What a release owes; of what was built elsewhere less is asked, as it never becomes one. */
const OWED: Demands = { required: BUILT }

export function inspect(
  claim: Omit<Claim, 'statements'>,
  kept: readonly Kept[],
  demands = OWED,
): Inspection {
  const statements = kept.map(({ attestation }) => attestation)
  const judgement = judgeAttestations({ ...claim, statements }, demands)
  const read = kept.map((each) => ({ ...each, statement: statementOf(each) }))
  const trusted = read.flatMap(({ statement }) =>
    statement !== undefined && speaksOf(statement, claim.digest) ? [statement] : [],
  )
  const provenance = trusted.find(({ predicateType }) => predicateType === PREDICATE.provenance)
  const sbom = trusted.find(({ predicateType }) => predicateType === PREDICATE.sbom)
  const parts = sbom && partsOf(sbom)
  return {
    judgement,
    attestations: read.map((each) => shown(each, claim.digest)),
    origin: (provenance && originOf(provenance)) ?? null,
    parts: parts?.slice(0, PARTS_MAX) ?? null,
    partsCut: (parts?.length ?? 0) > PARTS_MAX,
    scan: newestScan(trusted) ?? null,
  }
}

const statementOf = ({ attestation }: Kept) =>
  attestation.ok ? readStatement(attestation.payload) : undefined

function shown(
  { digest, attestation, statement }: Kept & { readonly statement: Statement | undefined },
  artifact: string,
): ShownAttestation {
  const keyId = attestation.keyId ?? null
  if (!attestation.ok) return { ...UNREADABLE, digest, why: attestation.why, keyId }
  if (statement === undefined)
    return { ...UNREADABLE, digest, why: 'It holds no statement.', keyId }
  const isAbout = speaksOf(statement, artifact)
  const why = isAbout ? '' : 'It speaks of another artifact.'
  const { predicateType } = statement
  return { digest, kind: kindOf(statement), predicateType, isTrusted: isAbout, why, keyId }
}

const UNREADABLE = { kind: 'unreadable', predicateType: '', isTrusted: false } as const

function kindOf({ predicateType }: Statement): keyof typeof PREDICATE | 'other' {
  const kinds = Object.keys(PREDICATE) as (keyof typeof PREDICATE)[]
  return kinds.find((kind) => PREDICATE[kind] === predicateType) ?? 'other'
}

/** What cannot be read as a part is left out: the document is somebody else's. */
function partsOf({ predicate }: Statement): readonly Part[] {
  const listed: unknown = predicate['components']
  if (!Array.isArray(listed)) return []
  return listed.flatMap((one: unknown): readonly Part[] => {
    const read = component.safeParse(one)
    if (!read.success) return []
    const { name, version, type: kind, licenses } = read.data
    const licences = licenses.flatMap(
      ({ license, expression }) => license?.id ?? license?.name ?? expression ?? [],
    )
    return [{ name, version, kind, licences }]
  })
}
