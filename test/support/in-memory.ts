/** What targets that exist in memory alone have in common. Tests only. */
import { Fault } from '#kernel/fault.ts'
import type { GroupSpec, GroupStatus, InstanceStatus } from '#rollouts/ports.ts'

/** Refuses whoever was replaced, as the port asks. */
export function admit(slot: { fence: number }, fence: number): void {
  if (fence < slot.fence)
    throw new Fault('target.stale-fence', `${fence} < ${slot.fence}`, { remedy: '' })
  slot.fence = fence
}

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
