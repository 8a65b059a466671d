/** What a roll-forward says that it mends, by any name people have for it. */
import type { Reads } from '#engine/sql.ts'
import { releaseNamed, releasesOfVersion } from '#releases/queries.ts'
import type { Incidents } from '../ports.ts'
import { deploymentNamed } from '../queries.ts'

/** The id it is kept by; undefined: nothing is called so. */
export async function fixedBy(
  reads: Reads,
  at: {
    readonly service: string
    readonly ref: string
    readonly incidents: Incidents | undefined
  },
): Promise<string | undefined> {
  const { service, ref, incidents } = at
  if (ref.startsWith('dep_')) return (await deploymentNamed(reads, ref))?.id
  if (ref.startsWith('inc_')) return (await incidents?.isKnown(ref)) ? ref : undefined
  if (ref.startsWith('rel_')) return (await releaseNamed(reads, ref))?.release
  const named = await releasesOfVersion(reads, ref)
  return named.find((release) => release.service === service)?.release
}
