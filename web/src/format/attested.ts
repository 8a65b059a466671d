/** What is attested of an artifact, in words: what is missing is said to be missing. */
import type { Artifact, Inspection } from '../api/artifacts.ts'
import type { InWords } from './deployment.ts'

/** What every artifact owes, as it is named in attestations. */
const OWED = [
  ['provenance', 'https://slsa.dev/provenance/v1'],
  ['SBOM', 'https://cyclonedx.org/bom'],
] as const

/** As it was written down; with the inspection, as it is found now. */
export function attestedInWords(
  { attestations, complete, elsewhere, trouble }: Artifact,
  inspection?: Inspection,
): InWords {
  if (complete && inspection?.judgement.ok === false)
    return { text: 'not to be trusted', tone: 'bad' }
  if (trouble !== null) return { text: 'refused', tone: 'bad' }
  const has = (type: string) => attestations.some(({ predicateType }) => predicateType === type)
  if (elsewhere !== null && has(OWED[0][1])) return { text: 'reported: provenance', tone: 'open' }
  const missing = OWED.filter(([, type]) => !has(type)).map(([name]) => name)
  if (missing.length > 0)
    return {
      text: `${missing.join(' and ')} missing`,
      tone: complete ? 'bad' : 'open',
    }
  return { text: 'signed: provenance, SBOM', tone: 'good' }
}
