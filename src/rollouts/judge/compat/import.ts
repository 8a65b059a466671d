/**
 * Configurations of other judges, as they stand in their files, become shadows. Every field is
 * read, or named as not supported: what is dropped in silence would make the comparison a lie.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import type { Shadow } from '../../events/shadows.ts'
import { importArgo } from './import-argo.ts'
import { type MetricTemplates, importFlagger, metricTemplateIn } from './import-flagger.ts'
import { importKayenta } from './import-kayenta.ts'
import { Field, type Note } from './notes.ts'

export interface Imported {
  readonly shadows: readonly Shadow[]
  readonly notes: readonly Note[]
}

const DOCUMENTS_MAX = 20

/** `args`: values for the arguments of AnalysisTemplates, over those that stand in them. */
export function importJudges(
  documents: readonly unknown[],
  args: Readonly<Record<string, string>> = {},
): Imported | Rejection<'judge.unknown-config'> {
  const notes: Note[] = []
  const fields = documents
    .slice(0, DOCUMENTS_MAX)
    .map((value, i) => new Field(value, documents.length > 1 ? `document[${i}]` : '', notes))
  const isTemplate = (field: Field) => field.at('kind').quietText() === 'MetricTemplate'
  const templates = new Map(fields.filter(isTemplate).map(metricTemplateIn))
  const shadows: Shadow[] = []
  for (const field of fields.filter((each) => !isTemplate(each))) {
    const found = shadowIn(field, { args, templates })
    if (found === undefined) field.note('is of no kind that is known, and was left out')
    else shadows.push(found)
  }
  if (shadows.length > 0) return { shadows, notes }
  return reject(
    'judge.unknown-config',
    'It holds no AnalysisTemplate, no Flagger Canary and no Kayenta canary config.',
    'Give a file of one of these, as YAML or JSON.',
  )
}

interface Beside {
  readonly args: Readonly<Record<string, string>>
  readonly templates: MetricTemplates
}

function shadowIn(field: Field, { args, templates }: Beside): Shadow | undefined {
  const kind = field.at('kind').text()
  if (kind === 'AnalysisTemplate' || kind === 'ClusterAnalysisTemplate')
    return importArgo(field, args)
  if (kind === 'Canary') return importFlagger(field, templates)
  const isKayenta = field.at('classifier').isThere && field.at('metrics').isThere
  return isKayenta ? importKayenta(field) : undefined
}
