/**
 * Whose cache a job reads, and whose it writes. A scope is a service and a branch. Only runs of the
 * branch itself write there, so what is read on the way to a release was made of merged changes:
 * a pull request, whoever opened it, reads and leaves nothing behind.
 */
import { listIn } from '#kernel/list.ts'
import type { JobSpec } from '../events.ts'

export interface Asker {
  readonly service: string
  readonly branch: string
  /** Of a pull request: the branch it would go to. */
  readonly base?: string | undefined
  readonly defaultBranch?: string | undefined
  readonly cache: JobSpec['cache']
}

/** In the order in which they are asked: the own, the base, the default. */
export function readScopes({ service, branch, base, defaultBranch, cache }: Asker): string[] {
  if (cache === 'none') return []
  const further = cache === 'branch-then-default' ? [base, defaultBranch] : []
  const branches = [branch, ...further].filter((one) => one !== undefined)
  return [...new Set(branches)].map((one) => scopeOf(service, one))
}

/** Undefined: what the job makes is used for its own run and nobody else's. */
export function writeScope({ service, branch, base, cache }: Asker): string | undefined {
  return cache === 'none' || base !== undefined ? undefined : scopeOf(service, branch)
}

/** `2, shop=3`: a salt for every service, and one more for those that are named. */
export function saltsIn(written: string): (service: string) => string | undefined {
  const all = listIn(written)
  const common = all.filter((one) => !one.includes('='))
  return (service) => {
    const own = all.filter((one) => one.startsWith(`${service}=`))
    const both = [...common, ...own]
    return both.length === 0 ? undefined : both.join(',')
  }
}

const scopeOf = (service: string, branch: string) => `${service}/${branch}`
