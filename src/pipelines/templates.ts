/** The paved road: pipelines for services that bring none, kept as data in the folder beside. */
import type { PipelineSpec } from './language/manifest.ts'
import { type Template, templateManifest, templateOf } from './templates/template.ts'
import written from './templates/templates.generated.json' with { type: 'json' }

let road: readonly Template[] | undefined
let specs: Readonly<Record<string, PipelineSpec>> | undefined

/**
 * In the order of their names. Checked when somebody first asks for them: most starts of the
 * program never do, and it would be a fifth of their time.
 */
export const pavedTemplates = (): readonly Template[] =>
  (road ??= written.map((one) => templateOf(templateManifest.parse(one))))

export const templateSpecs = (): Readonly<Record<string, PipelineSpec>> =>
  (specs ??= Object.fromEntries(pavedTemplates().map(({ name, pipeline }) => [name, pipeline])))
