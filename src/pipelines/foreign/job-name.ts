/**
 * The job of a run that another system means. It calls a leg of a matrix by its values, joined;
 * here it has a name of its own.
 */
import type { JobSpec } from '../events.ts'

const plain = (text: string) => text.replaceAll(/[^A-Za-z0-9_.-]+/g, '-')

/** What was asked for, when nothing fits: the refusal then names it. */
export function jobMeant(
  jobs: readonly JobSpec[],
  { job, leg }: { readonly job: string; readonly leg?: string | undefined },
): string {
  if (leg === undefined || leg === '' || jobs.some(({ name }) => name === job)) return job
  const meant = jobs.find(({ leg: own }) => {
    if (own === undefined || own.of !== job) return false
    const values = Object.values(own.matrix).map(String)
    const { shard } = own
    const all = shard === undefined ? values : [...values, String(shard.index)]
    return all.join('-') === leg || plain(all.map(plain).join('-')) === plain(leg)
  })
  return meant?.name ?? `${job}.${leg}`
}
