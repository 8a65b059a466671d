/** What targets that exist in memory alone have in common. Tests only. */
import { Fault } from '#kernel/fault.ts'
import type { GroupSpec, GroupStatus, InstanceStatus } from '#rollouts/ports.ts'

/** Refuses whoever was replaced, as the port asks. */
export function admit(slot: { fence: number }, fence: number): void {
  if (fence < slot.fence)
    throw new Fault('target.stale-fence', `${fence} < ${slot.fence}`, { remedy: '' })
  slot.fence = fence
}

const refused = (message: string) => new Fault('target.refused', message, { remedy: '' })

/** Refuses what no router could hold. */
export function checkWeights(
  groups: ReadonlyMap<string, unknown>,
  weights: Readonly<Record<string, number>>,
): void {
  for (const group of Object.keys(weights))
    if (!groups.has(group)) throw refused(`There is no group ${group}.`)
  const sum = Object.values(weights).reduce((all, weight) => all + weight, 0)
  if (sum !== 100) throw refused(`Weights must sum to 100, not ${sum}.`)
}

type Groups = Map<string, { readonly spec: GroupSpec }>

/** Refuses other content under a name that is taken. */
export function checkVersion(groups: Groups, { group, version }: GroupSpec): void {
  const known = groups.get(group)?.spec.version
  if (known !== undefined && known !== version)
    throw refused(`${group} runs another version, ${known}.`)
}

/** A group that nobody is sent to goes on under the name of another deployment of the same. */
export function takeOver<Group extends { readonly spec: GroupSpec }>(
  { groups, weights }: { readonly groups: Map<string, Group>; readonly weights: Weights },
  { takesOver = '', group, artifact, version }: GroupSpec,
): void {
  const warm = groups.get(takesOver)
  if (warm === undefined || groups.has(group) || weights[takesOver]) return
  if (warm.spec.artifact.digest !== artifact.digest || warm.spec.version !== version) return
  groups.delete(takesOver)
  groups.set(group, warm)
}

type Weights = Readonly<Record<string, number>>

/** All of its instances are ready, or none. */
export function groupStatus({ group, version, replicas }: GroupSpec, isUp: boolean): GroupStatus {
  const instances = Array.from({ length: replicas }, (_, i): InstanceStatus => ({
    id: `${group}-${i}`,
    pid: 1,
    port: 1,
    state: isUp ? 'ready' : 'exited',
    restarts: 0,
    trouble: isUp ? '' : 'exit code 1',
    tail: isUp ? '' : 'Error: no database',
  }))
  const up = isUp && { preview: `http://${previewHost(group)}` }
  return { group, version, replicas, ready: isUp ? replicas : 0, ...up, instances }
}

/** Hosts have no `_` and no capitals. */
export const previewHost = (group: string) => `${group.toLowerCase().replaceAll('_', '-')}.preview`

/** The i-th of n parts of a whole number; they sum to it. */
export function shareOf(whole: number, i: number, n: number): number {
  return Math.floor((whole * (i + 1)) / n) - Math.floor((whole * i) / n)
}
