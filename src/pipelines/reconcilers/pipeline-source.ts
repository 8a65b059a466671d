/**
 * Where a run's jobs come from: the Pipeline document of the service's `signalbox.yaml` at that
 * very commit, or the template that the service is pinned to. What is wrong is said with its
 * place.
 */
import { posix } from 'node:path'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { type Manifest, readManifests } from '#engine/manifest.ts'
import type { RunFacts } from '../events.ts'
import type { Plan } from '../language/build.ts'
import { type PipelineManifest, pipelineManifest, type PipelineSpec } from '../language/manifest.ts'
import { planPipeline } from '../language/plan.ts'
import type { PlanProblem } from '../language/problem.ts'
import { withTemplate } from '../language/template.ts'
import { templateSpecs } from '../templates.ts'

const FILE = 'signalbox.yaml'

export interface Refused {
  readonly reason: string
}

export interface Pipeline {
  /** `signalbox.yaml` or the template's name. */
  readonly name: string
  /** With what its template adds. */
  readonly spec: PipelineSpec
  plan(facts: RunFacts): Plan | Refused
}

export async function pipelineAt(
  git: Git,
  service: ServiceSpec,
  sha: string,
): Promise<Pipeline | Refused> {
  const path = posix.join(service.source.directory, FILE)
  const text = await git.file(service.source.repository, sha, path)
  return (
    (text === undefined ? undefined : fromFile(path, text)) ?? fromTemplate(service.template, path)
  )
}

/** Undefined when the file has no Pipeline document. */
function fromFile(path: string, text: string): Pipeline | Refused | undefined {
  const { manifests, problems } = readManifests(path, text, { Pipeline: pipelineManifest })
  // Other kinds in the file are the catalog's business, and so are their mistakes.
  const ours = problems.filter((problem) => problem.code !== 'manifest.unknown-kind')
  if (ours.length > 0) return { reason: said(ours) }
  const [manifest] = manifests
  if (manifest === undefined) return undefined
  const { spec } = manifest.value as PipelineManifest
  return pipeline(path, spec, (wrong) => said(wrong.map((each) => placed(manifest, each))))
}

const placed = (manifest: Manifest, problem: PlanProblem): Said => ({
  ...problem,
  ...manifest.place(problem.path, problem.offset),
})

function fromTemplate(name: string | undefined, path: string): Pipeline | Refused {
  if (name === undefined)
    return {
      reason:
        `${path} has no Pipeline document at this commit, and the service names no template. ` +
        `Add one of the two; templates are ${Object.keys(templateSpecs()).join(', ')}.`,
    }
  return pipeline(name, { template: name }, (wrong) =>
    wrong.map(({ message, remedy }) => `${message} ${remedy}`).join(' '),
  )
}

function pipeline(
  name: string,
  written: PipelineSpec,
  say: (problems: readonly PlanProblem[]) => string,
): Pipeline | Refused {
  const checked = planPipeline(written)
  if ('problems' in checked) return { reason: say(checked.problems) }
  const { spec } = withTemplate(written)
  return {
    name,
    spec,
    plan(facts) {
      const planned = planPipeline(written, facts)
      return 'problems' in planned ? { reason: say(planned.problems) } : planned
    },
  }
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
