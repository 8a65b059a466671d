/** The keys of a job in a tree: by definition, known before anything has run, and by content. */
import type { JobSpec } from '../pipelines/events.ts'
import type { LeasedJob } from '../pipelines/protocol.ts'
import { type Keyed, keyFrom, type KeyParts, keyParts } from '../runner/cache-key.ts'
import { compileGlobs } from '../runner/glob.ts'
import type { InputFile } from '../runner/input-files.ts'
import type { Handing } from './select.ts'
import type { Tree } from './tree.ts'

/** Stands for the key of what is never cached: what it makes is known once it has run. */
export const UNKNOWN = 'known once it has run'

export interface Definition {
  readonly key: string | undefined
  readonly parts: KeyParts
}

export const isCacheable = ({ inputs, run, effect }: JobSpec): boolean =>
  inputs.length > 0 && run !== undefined && effect === undefined

export interface KeyMaker {
  readonly tree: Tree
  readonly folder: string
  readonly handing: Handing
}

/** Of this job, and of those before it as far as they are not known yet. */
export async function definitionOf(
  maker: KeyMaker,
  about: Keyed,
  known: Map<string, Definition | undefined>,
): Promise<Definition | undefined> {
  const { job } = about
  if (known.has(job.name)) return known.get(job.name)
  const found = isCacheable(job) ? await define(maker, about, known) : undefined
  known.set(job.name, found)
  return found
}

async function define(
  maker: KeyMaker,
  about: Keyed,
  known: Map<string, Definition | undefined>,
): Promise<Definition> {
  const needs: (readonly [string, string])[] = []
  for (const need of maker.handing(about.job.name)) {
    const before = await definitionOf(maker, { ...about, job: need }, known)
    needs.push([need.name, before?.key ?? UNKNOWN])
  }
  const parts = keyParts(about, await inputsOf(maker, about.job), needs)
  const isKnown = needs.every(([, by]) => by !== UNKNOWN)
  return { key: isKnown ? keyFrom(parts) : undefined, parts }
}

export function contentKey(leased: LeasedJob, { key, parts }: Definition): string {
  // Nothing is handed to it: both say the same.
  if (key !== undefined && leased.needs.length === 0 && parts['needs'] === '') return key
  const needs = leased.needs.map(({ job, outputs }) => [job, outputs] as const)
  // The same inputs, read once for both.
  const inputs = Object.entries(parts).filter(([name]) => name.startsWith('input.'))
  const rest = keyParts(leased, [], needs)
  return keyFrom({ ...rest, ...Object.fromEntries(inputs) })
}

function inputsOf({ tree, folder }: KeyMaker, job: JobSpec): Promise<InputFile[]> {
  return tree.inputs(folder, compileGlobs(job.inputs))
}
