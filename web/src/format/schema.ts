/** What a release does to its database, in words. Unknown is never good news. */
import type { SchemaFacts, SchemaStepKind } from '../api/types.ts'
import type { InWords, Tone } from './deployment.ts'

const TONES: Readonly<Record<SchemaStepKind, Tone>> = {
  additive: 'good',
  backfill: 'good',
  unknown: 'open',
  contract: 'bad',
  irreversible: 'bad',
}

export const stepTone = (kind: SchemaStepKind): Tone => TONES[kind]

/** By the worst of its steps, which says where a rollback may still go. */
export function schemaInWords({ files, counts, findings }: SchemaFacts): InWords {
  if (findings.length > 0)
    return { text: 'A migration that was made before was changed or removed.', tone: 'bad' }
  if (counts.irreversible > 0)
    return { text: 'It takes data away for good: no release before it works again.', tone: 'bad' }
  if (counts.contract > 0)
    return { text: 'It takes away what releases before it need: they fail after it.', tone: 'bad' }
  if (counts.unknown > 0)
    return { text: 'Nobody can say whether releases before it work after it.', tone: 'open' }
  if (files === 0) return { text: 'It changes nothing.', tone: 'good' }
  return { text: 'Releases before it work after it too.', tone: 'good' }
}
