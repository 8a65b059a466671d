/**
 * Verification: whether what is attested about an artifact is what a release may rest on. It judges
 * what a verifier made of each attestation and is strict about all of them: an attestation that
 * cannot be trusted, or that speaks of something else, has no business beside this artifact.
 */
import { PREDICATE } from './events.ts'
import { BUILDER_ID, BUILD_TYPE, type Origin, originOf, withoutSecrets } from './provenance.ts'
import { listsParts } from './sbom-statement.ts'
import { IN_TOTO, type Statement, readStatement, speaksOf } from './statement.ts'

/** What a verifier answers about one bundle: the signed bytes, or why they cannot be trusted. */
export type Attestation =
  | { readonly ok: true; readonly payloadType: string; readonly payload: Uint8Array }
  | { readonly ok: false; readonly why: string }

export interface Claim {
  readonly digest: string
  readonly service: string
  readonly repository: string
  /** Left out: any commit of the repository will do. */
  readonly sha?: string | undefined
  readonly statements: readonly Attestation[]
}

export interface Demands {
  readonly required: readonly (keyof typeof PREDICATE)[]
  /** Whose word counts; left out, only our own. */
  readonly builders?: readonly string[] | undefined
}

export type ProblemCode =
  | 'artifact.signature-invalid'
  | 'artifact.statement-invalid'
  | 'artifact.subject-mismatch'
  | 'artifact.provenance-missing'
  | 'artifact.provenance-mismatch'
  | 'artifact.sbom-missing'

export interface Problem {
  readonly code: ProblemCode
  readonly message: string
  readonly remedy: string
}

export type Judgement =
  | { readonly ok: true }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export function judgeAttestations(claim: Claim, demands: Demands): Judgement {
  const { about, problems } = sift(claim)
  if (demands.required.includes('provenance'))
    problems.push(...judgeProvenance(about, claim, demands))
  if (demands.required.includes('sbom') && !about.some(listsParts))
    problems.push(
      problem(
        'artifact.sbom-missing',
        `Nothing signed lists the parts of ${claim.service} ${claim.digest}.`,
        'Let the package job write an SBOM, and run the pipeline again.',
      ),
    )
  return problems.length === 0 ? { ok: true } : { ok: false, problems }
}

/** The statements that may be believed about this artifact, and what is wrong with the others. */
function sift(claim: Claim): { about: Statement[]; problems: Problem[] } {
  const about: Statement[] = []
  const problems: Problem[] = []
  for (const attestation of claim.statements) {
    const read = believe(attestation, claim)
    if ('code' in read) problems.push(read)
    else about.push(read)
  }
  return { about, problems }
}

function believe(attestation: Attestation, claim: Claim): Statement | Problem {
  const again =
    'Remove it from the registry, find out who put it there, and run the pipeline again.'
  if (!attestation.ok)
    return problem(
      'artifact.signature-invalid',
      `An attestation of ${claim.service} cannot be trusted: ${brief(attestation.why)}.`,
      again,
    )
  const statement =
    attestation.payloadType === IN_TOTO ? readStatement(attestation.payload) : undefined
  if (statement === undefined)
    return problem(
      'artifact.statement-invalid',
      `An attestation of ${claim.service} is signed but holds no in-toto statement.`,
      again,
    )
  if (!speaksOf(statement, claim.digest))
    return problem(
      'artifact.subject-mismatch',
      `An attestation of ${claim.service} speaks of another artifact than ${claim.digest}.`,
      again,
    )
  return statement
}

/**
 * One provenance that fits is enough: a commit that changes nothing builds the same bytes again.
 */
function judgeProvenance(
  about: readonly Statement[],
  claim: Claim,
  demands: Demands,
): readonly Problem[] {
  const said = about.filter(({ predicateType }) => predicateType === PREDICATE.provenance)
  const rebuild = 'Release an artifact that a pipeline of this repository built from this commit.'
  const [first, ...others] = said.map((statement) =>
    differences(originOf(statement), claim, demands).map((text) =>
      problem('artifact.provenance-mismatch', text, rebuild),
    ),
  )
  if (first === undefined)
    return [
      problem(
        'artifact.provenance-missing',
        `Nothing signed says how ${claim.service} ${claim.digest} was built.`,
        'Run the pipeline again: it signs provenance for what it packages.',
      ),
    ]
  // Of several that do not fit, the nearest says most about what went wrong.
  return others.reduce((best, next) => (next.length < best.length ? next : best), first)
}

function differences(origin: Origin | undefined, claim: Claim, demands: Demands): string[] {
  if (origin === undefined) return ['The provenance does not say where the artifact comes from.']
  const builders = demands.builders ?? [BUILDER_ID]
  const expected = withoutSecrets(claim.repository)
  const found: string[] = []
  if (!builders.includes(origin.builder))
    found.push(`It was built by ${brief(origin.builder)}, not by ${builders.join(' or ')}.`)
  if (origin.builder === BUILDER_ID && origin.buildType !== BUILD_TYPE)
    found.push(`Its provenance is of type ${brief(origin.buildType)}, not ${BUILD_TYPE}.`)
  if (origin.repository !== expected)
    found.push(`It was built from ${brief(origin.repository)}, not from ${expected}.`)
  if (claim.sha !== undefined && origin.sha !== claim.sha)
    found.push(`It was built from commit ${brief(origin.sha) || 'unknown'}, not ${claim.sha}.`)
  return found
}

function problem(code: ProblemCode, message: string, remedy: string): Problem {
  return { code, message, remedy }
}

/** Words of others are cut: they end in a message that a person reads. */
const brief = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
