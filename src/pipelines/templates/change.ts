/**
 * What a change of a template means for those on it. A change that could turn a run red, or take
 * away what a gate or a deployment rests on, is breaking: it is a new number, proposed to the
 * services on the old one, and never an edit of theirs.
 */
import type { JobManifest, PipelineSpec } from '../language/manifest.ts'
import type { Rider } from './adoption.ts'

export interface TemplateChange {
  readonly job: string
  readonly says: string
  readonly isBreaking: boolean
}

export interface Proposal {
  readonly from: string
  readonly to: string
  readonly isBreaking: boolean
  readonly changes: readonly TemplateChange[]
  /** The most critical first. */
  readonly affected: readonly Rider[]
}

export function proposalOf(
  from: { readonly name: string; readonly pipeline: PipelineSpec },
  to: { readonly name: string; readonly pipeline: PipelineSpec },
  riders: readonly Rider[],
): Proposal {
  const changes = changesBetween(from.pipeline, to.pipeline)
  return {
    from: from.name,
    to: to.name,
    isBreaking: changes.some(({ isBreaking }) => isBreaking),
    changes,
    affected: riders
      .filter(({ template }) => template === from.name)
      .toSorted((a, b) => a.tier - b.tier || (a.service < b.service ? -1 : 1)),
  }
}

export function changesBetween(
  before: PipelineSpec,
  after: PipelineSpec,
): readonly TemplateChange[] {
  const [old, now] = [before.jobs ?? {}, after.jobs ?? {}]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].toSorted()
  return [
    ...names.flatMap((job) => ofJob(job, own(old, job), own(now, job))),
    ...ofVars(before.vars ?? {}, after.vars ?? {}),
  ]
}

const own = <T>(all: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined

function ofJob(
  job: string,
  before: JobManifest | undefined,
  after: JobManifest | undefined,
): TemplateChange[] {
  const say = (says: string, isBreaking: boolean) => [{ job, says, isBreaking }]
  // Who changed it by name, or needs it, finds nothing there any more.
  if (after === undefined) return say('is gone', true)
  // What was never asked may be answered with no.
  if (before === undefined) return say('is new, and may fail', true)
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof JobManifest>
  return [...keys].toSorted().flatMap((key): TemplateChange[] => {
    const [one, other] = [JSON.stringify(before[key]), JSON.stringify(after[key])]
    if (one === other) return []
    return say(`${key} changes`, !HARMLESS.has(key) || other === undefined)
  })
}

/** These make a run slower or quicker, and its outcome no other. */
const HARMLESS = new Set<keyof JobManifest>(['inputs', 'retry', 'reports', 'artifacts', 'flaky'])

function ofVars(
  before: NonNullable<PipelineSpec['vars']>,
  after: NonNullable<PipelineSpec['vars']>,
): TemplateChange[] {
  return Object.keys(before).flatMap((name): TemplateChange[] => {
    const value = own(after, name)
    const job = `vars.${name}`
    if (value === undefined) return [{ job, says: 'is gone', isBreaking: true }]
    return value === before[name] ? [] : [{ job, says: 'has another default', isBreaking: true }]
  })
}
