/** The statement that ties an SBOM (a CycloneDX document) to the artifact whose parts it lists. */
import { PREDICATE } from './events.ts'
import { type Statement, type Subject, makeStatement } from './statement.ts'

export function sbomStatementOf(
  artifact: Subject,
  sbom: Readonly<Record<string, unknown>>,
): Statement {
  return makeStatement(artifact, PREDICATE.sbom, sbom)
}

/** Whether the statement carries a document and not only the name of one. */
export function listsParts({ predicateType, predicate }: Statement): boolean {
  return predicateType === PREDICATE.sbom && typeof predicate['specVersion'] === 'string'
}
