/**
 * The name under which the outputs of a job are kept: a hash over all that it can see and is meant
 * to depend on. Two jobs with one key would do the same, so the second need not run. A key cannot
 * see everything (the network, the clock, tools of the machine): caching is asked for by `inputs`.
 *
 * It comes in two kinds. By content it has the outputs of what the job needs: when one of those ran
 * again and made what it had made before, nothing after it runs. By definition it has their own
 * keys instead, so it is known before anything has run.
 */
import { hash } from 'node:crypto'
import type { LeasedJob } from '../pipelines/protocol.ts'
import type { InputFile } from './input-files.ts'

/** Raised when the meaning of a manifest or of a job changes: all older keys are then forgotten. */
const SCHEMA = 3

/** What a key is made of, by names that a person knows: `env.MODE`, `input.src/a.ts`. */
export type KeyParts = Readonly<Record<string, string>>

export type Keyed = Pick<LeasedJob, 'job' | 'service' | 'directory' | 'salt'>

/** Name of a job to the digest of its outputs, or to its own key; in run order. */
export type Needs = readonly (readonly [job: string, by: string])[]

/**
 * Left out is what says when a job ends and who takes it, and not what it makes: limits, retries,
 * resources, the gate that its success proves.
 */
export function keyParts(about: Keyed, inputs: readonly InputFile[], needs: Needs): KeyParts {
  const { job, service, directory, salt = '' } = about
  const [node = ''] = process.versions.node.split('.')
  const parts: Record<string, string> = {
    schema: String(SCHEMA),
    salt: JSON.stringify([salt, job.salt ?? '']),
    service,
    job: job.name,
    run: job.run ?? '',
    network: job.network ?? 'full',
    image: job.image ?? '',
    machine: [process.platform, process.arch, `node ${node}`, ...(job.labels ?? [])].join(', '),
    directory,
    // What is kept depends on what was asked to be kept, and what is reported on where to look.
    outputs: JSON.stringify(job.outputs),
    results: JSON.stringify(job.results ?? {}),
    reports: JSON.stringify([job.junit, job.gotest ?? []]),
    services: JSON.stringify(job.services ?? {}),
    shard: JSON.stringify(job.leg?.shard ?? {}),
    mutates: String(job.mutates ?? false),
    needs: needs.map(([name]) => name).join(', '),
  }
  for (const [name, value] of Object.entries(job.env)) parts[`env.${name}`] = value
  // What a secret is called and where it is; never what it is.
  for (const [name, at] of Object.entries(job.secrets ?? {})) parts[`secret.${name}`] = at
  for (const [name, by] of needs) parts[`need.${name}`] = by
  for (const { path, mode, content } of inputs)
    parts[`input.${path}`] = `${mode.toString(8)} ${content}`
  return parts
}

/** 64 hex digits. */
export function keyFrom(parts: KeyParts): string {
  const sorted = Object.entries(parts).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify(sorted), 'hex')
}

/** By content. */
export function cacheKey(leased: LeasedJob, inputs: readonly InputFile[]): string {
  const needs = leased.needs.map(({ job, outputs }) => [job, outputs] as const)
  return keyFrom(keyParts(leased, inputs, needs))
}
