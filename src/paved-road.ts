/**
 * Templates and generated CI files for the command line: read from a repository's own manifest, and
 * made without a server, so that a check of them needs nothing but the files.
 */
import { posix } from 'node:path'
import { serviceManifest, type ServiceManifest } from '#catalog/commands.ts'
import type { CiAnswer, CiRequest, PavedRoad, Placed } from '#cli/paved.ts'
import { digestOf } from '#engine/ids.ts'
import { type Manifest, readManifests } from '#engine/manifest.ts'
import { nearest } from '#kernel/nearest.ts'
import { type Feature, FEATURES, featuresOf } from '#pipelines/generators/features.ts'
import { type Definition, generate, requestIn } from '#pipelines/generators/generate.ts'
import { CAPABILITIES, type Target, TARGETS } from '#pipelines/generators/targets.ts'
import { jobSpec } from '#pipelines/language/job-spec.ts'
import { type PipelineManifest, pipelineManifest } from '#pipelines/language/manifest.ts'
import { planPipeline } from '#pipelines/language/plan.ts'
import type { PlanProblem } from '#pipelines/language/problem.ts'
import { withTemplate } from '#pipelines/language/template.ts'
import { pavedTemplates } from '#pipelines/templates.ts'
import { recognise } from '#pipelines/templates/recognise.ts'

export const pavedRoad: PavedRoad = {
  targets: TARGETS,
  requestIn,
  recognise,
  generate: generateFiles,
  jobIn,
  capabilities(target) {
    const table = CAPABILITIES[target as Target]
    return Object.entries(FEATURES).map(([feature, says]) => {
      const row = table[feature as Feature]
      if (row.how === 'refused')
        return { feature, says, how: row.how, by: row.because, remedy: row.remedy }
      return { feature, says, how: row.how, by: row.by }
    })
  },
  get templates() {
    return pavedTemplates().map(({ pipeline, ...rest }) => ({
      ...rest,
      jobs: Object.keys(pipeline.jobs ?? {}),
    }))
  },
}

export interface Read {
  readonly definition: Omit<Definition, 'image'>
  readonly place: (path: readonly PropertyKey[]) => Pick<Placed, 'file' | 'line' | 'column'>
}

function generateFiles({ file, text, target: asked, image, report }: CiRequest): CiAnswer {
  const target = TARGETS.find((one) => one === asked)
  if (target === undefined) {
    const close = nearest(asked, TARGETS)
    const remedy =
      close === undefined ? `There is ${TARGETS.join(', ')}.` : `Did you mean ${close}?`
    return { problems: [at(file, `No files can be made for ${asked}.`, remedy)] }
  }
  const read = definitionIn(file, text)
  if ('problems' in read) return read
  const { definition, place } = read
  const { spec } = withTemplate(definition.spec)
  const own = image ?? pavedTemplates().find(({ name }) => name === definition.spec.template)?.image
  if (report !== undefined && !isServer(report))
    return { problems: [at(file, `${report} is no address of a server.`, 'Write https://…')] }
  const about = { image: own, isImageAsked: image !== undefined, file, report }
  const made = generate({ ...definition, ...about }, target)
  if ('problems' in made) return { problems: placed(made.problems, place) }
  const shims = Map.groupBy(
    featuresOf(spec).filter(({ feature }) => CAPABILITIES[target][feature].how === 'shim'),
    ({ job = '' }) => job,
  )
  return {
    files: made.files,
    shims: [...shims].map(([job, used]) => ({ job, features: used.map(({ feature }) => feature) })),
  }
}

/** It stands in files, and tokens are signed for it: no user, and nothing behind its path. */
function isServer(text: string): boolean {
  return /^https?:\/\/[\w.:[\]-]{1,253}(\/[\w./-]{0,200})?$/.test(text) && URL.canParse(text)
}

export function definitionIn(
  file: string,
  text: string,
): Read | { readonly problems: readonly Placed[] } {
  const kinds = { Pipeline: pipelineManifest, Service: serviceManifest }
  const { manifests, problems } = readManifests(file, text, kinds)
  // Other kinds in the file are the server's business.
  const ours = problems.filter(({ code }) => code !== 'manifest.unknown-kind')
  if (ours.length > 0) return { problems: ours }
  const service = manifests.find(({ kind }) => kind === 'Service')
  const pipeline = manifests.find(({ kind }) => kind === 'Pipeline')
  const about = service?.value as ServiceManifest | undefined
  const template = about?.spec.template
  const spec =
    pipeline === undefined
      ? template === undefined
        ? undefined
        : { template }
      : (pipeline.value as PipelineManifest).spec
  if (spec === undefined)
    return {
      problems: [
        at(file, 'There is neither a Pipeline here nor a template.', 'Add one: signalbox init.'),
      ],
    }
  const directory = posix.dirname(file)
  const name = about?.metadata.name ?? pipeline?.name ?? ''
  return {
    place: placeIn(pipeline ?? service, file),
    definition: {
      spec,
      known: { service: name || 'service', tier: about?.metadata.tier, vars: {} },
      directory,
      branch: about?.spec.source.branch ?? 'main',
      digestOf,
    },
  }
}

const placeIn = (manifest: Manifest | undefined, file: string) => (path: readonly PropertyKey[]) =>
  manifest?.kind === 'Pipeline' ? manifest.place(path) : { file, line: 1, column: 1 }

const at = (file: string, message: string, remedy: string): Placed => ({
  file,
  line: 1,
  column: 1,
  message,
  remedy,
})

export const placed = (problems: readonly PlanProblem[], place: Read['place']): readonly Placed[] =>
  problems.map(({ path, message, remedy }) => ({ ...place(path), message, remedy }))

function jobIn(
  { file, text }: Pick<CiRequest, 'file' | 'text'>,
  name: string,
): ReturnType<PavedRoad['jobIn']> {
  const read = definitionIn(file, text)
  if ('problems' in read) return read
  const planned = planPipeline(read.definition.spec)
  if ('problems' in planned) return { problems: placed(planned.problems, read.place) }
  const { spec } = withTemplate(read.definition.spec)
  const jobs = { ...spec.jobs, ...spec.finally?.jobs }
  const written = Object.hasOwn(jobs, name) ? jobs[name] : undefined
  if (written?.run === undefined) {
    const close = nearest(name, Object.keys(jobs))
    const remedy = close === undefined ? 'Name a job with a run line.' : `Did you mean ${close}?`
    return { problems: [at(file, `There is no job ${name} that runs a line.`, remedy)] }
  }
  const {
    run = '',
    env,
    timeoutMs,
    idleMs,
    graceMs,
    network = 'full',
    retry,
  } = jobSpec(name, written, spec.defaults)
  // What is filled in was filled in by the system that calls: its variables are there.
  const plain = Object.entries(env).filter(([, value]) => !value.includes('${{'))
  const own = Object.fromEntries(plain) as Record<string, string>
  return { job: { name, run, env: own, timeoutMs, idleMs, graceMs, network, retry } }
}
