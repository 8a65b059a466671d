/** The paved road: pipelines for services that bring none, kept as data in the folder beside. */
import type { PipelineSpec } from './language/manifest.ts'
import { type Template, templateManifest, templateOf } from './templates/template.ts'
import written from './templates/templates.generated.json' with { type: 'json' }

/** In the order of their names. */
export const PAVED_ROAD: readonly Template[] = written.map((one) =>
  templateOf(templateManifest.parse(one)),
)

export const TEMPLATES: Readonly<Record<string, PipelineSpec>> = Object.fromEntries(
  PAVED_ROAD.map(({ name, pipeline }) => [name, pipeline]),
)
