/**
 * Where a run's jobs come from: the Pipeline document of the service's `signalbox.yaml` at that
 * very commit, or the template that the service is pinned to. What is wrong is said with its
 * place.
 */
import { posix } from 'node:path'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { readManifests } from '#engine/manifest.ts'
import type { JobSpec } from '../events.ts'
import { type PipelineManifest, pipelineManifest } from '../language/manifest.ts'
import { planPipeline } from '../language/plan.ts'
import { TEMPLATES } from '../templates.ts'

const FILE = 'signalbox.yaml'

type Source =
  | { readonly pipeline: string; readonly jobs: readonly JobSpec[] }
  | { readonly reason: string }

export async function pipelineAt(git: Git, service: ServiceSpec, sha: string): Promise<Source> {
  const path = posix.join(service.source.directory, FILE)
  const text = await git.file(service.source.repository, sha, path)
  return (
    (text === undefined ? undefined : fromFile(path, text)) ?? fromTemplate(service.template, path)
  )
}

/** Undefined when the file has no Pipeline document. */
function fromFile(path: string, text: string): Source | undefined {
  const { manifests, problems } = readManifests(path, text, { Pipeline: pipelineManifest })
  // Other kinds in the file are the catalog's business, and so are their mistakes.
  const ours = problems.filter((problem) => problem.code !== 'manifest.unknown-kind')
  if (ours.length > 0) return { reason: said(ours) }
  const [manifest] = manifests
  if (manifest === undefined) return undefined
  const planned = planPipeline((manifest.value as PipelineManifest).spec)
  if ('jobs' in planned) return { pipeline: path, jobs: planned.jobs }
  return { reason: said(planned.problems.map((p) => ({ ...p, ...manifest.place(p.path) }))) }
}

function fromTemplate(name: string | undefined, path: string): Source {
  if (name === undefined)
    return {
      reason:
        `${path} has no Pipeline document at this commit, and the service names no template. ` +
        `Add one of the two; templates are ${Object.keys(TEMPLATES).join(', ')}.`,
    }
  const planned = planPipeline({ template: name })
  if ('jobs' in planned) return { pipeline: name, jobs: planned.jobs }
  const all = planned.problems.map(({ message, remedy }) => `${message} ${remedy}`)
  return { reason: `${path}: ${all.join(' ')}` }
}

interface Said {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  readonly remedy: string
}

function said(problems: readonly Said[]): string {
  return problems
    .slice(0, 10)
    .map(
      ({ file, line, column, message, remedy }) => `${file}:${line}:${column} ${message} ${remedy}`,
    )
    .join('\n')
}
