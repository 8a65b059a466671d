/**
 * A template of the paved road, as its file says it. A template is pinned by its number; a change
 * that could turn somebody's run red is a new number, in a new file.
 */
import { z } from 'zod'
import { pipelineSpec, type PipelineSpec } from '../language/manifest.ts'
import { word } from '../language/parts.ts'

export const templateManifest = z.strictObject({
  apiVersion: z.literal('signalbox.dev/v1'),
  kind: z.literal('Template'),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/),
    version: z.int().min(1),
    title: z.string().min(1).max(80),
    description: z.string().min(1).max(300),
  }),
  spec: z.strictObject({
    image: z.string().max(500).optional().describe('where a CI system needs one for its jobs'),
    deploys: z.array(z.string()).min(1).optional().describe('how a service of it is started'),
    inputs: z
      .record(word, z.strictObject({ default: z.string(), description: z.string() }))
      .describe('variables that a pipeline may set: vars'),
    changelog: z.array(z.strictObject({ version: z.int().min(1), says: z.string().min(1) })).min(1),
    pipeline: pipelineSpec,
  }),
})

export interface Template {
  /** With its number: `paved-road/go-service@1`. */
  readonly name: string
  readonly version: number
  readonly title: string
  readonly description: string
  readonly image?: string | undefined
  readonly deploys?: readonly string[] | undefined
  readonly inputs: Readonly<
    Record<string, { readonly default: string; readonly description: string }>
  >
  readonly changelog: readonly { readonly version: number; readonly says: string }[]
  readonly pipeline: PipelineSpec
}

export function templateOf({ metadata, spec }: z.infer<typeof templateManifest>): Template {
  const { name, version, title, description } = metadata
  const defaults = Object.entries(spec.inputs).map(([input, { default: value }]) => [input, value])
  const vars = Object.fromEntries(defaults) as Record<string, string>
  const pipeline = {
    ...(defaults.length > 0 && { vars: { ...vars, ...spec.pipeline.vars } }),
    ...spec.pipeline,
  }
  return { ...spec, name: `${name}@${version}`, version, title, description, pipeline }
}
