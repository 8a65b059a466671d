/**
 * Runners as pods of a Deployment, as many as what waits asks for. Every look compares the leases
 * that are alive with the replicas that the cluster was asked for; nothing is counted in between.
 * The idle ones are marked as the cheapest to lose before their number is lowered, and one that is
 * told to end all the same drains: none loses a job.
 */
import type { Logger } from '#engine/log.ts'
import type { LocalFleet, Seen } from './local-fleet.ts'
import { type LiveRunner, scale, type ScalePolicy } from './runner/autoscale.ts'
import type { Cluster } from './runner/executors/kubernetes/api.ts'

const LOOK_MS = 5_000
const MERGE = 'application/merge-patch+json'
/** The controller of Deployments removes first what costs least; nothing said is nought. */
const COST = { 'controller.kubernetes.io/pod-deletion-cost': '-1000' }

export interface Sized {
  readonly replicas: number
  /** To go, of those that are there. */
  readonly idle: readonly string[]
}

/** A runner that is a pod has the name of its pod. */
export function sizeOf(
  policy: ScalePolicy,
  { waiting, live }: Seen,
  deployment: string,
  replicas: number,
): Sized {
  const ours = live.filter(({ name }) => name.startsWith(`${deployment}-`))
  // Those that were asked for and have not been heard of yet are idle, and not for long.
  const coming = Array.from({ length: Math.max(0, replicas - ours.length) }, (): LiveRunner => ({
    name: '',
    jobs: 0,
    idleForMs: 0,
  }))
  const { desired, stop } = scale(policy, waiting, [...ours, ...coming])
  if (desired > replicas) return { replicas: desired, idle: [] }
  const idle = stop.filter((name) => name !== '')
  // More than were asked for are on their way out, perhaps these.
  const leaving = Math.max(0, ours.length - replicas)
  return { replicas: replicas - Math.max(0, idle.length - leaving), idle }
}

export function startKubernetesFleet(at: {
  readonly policy: ScalePolicy
  readonly cluster: Cluster
  readonly deployment: string
  readonly log: Logger
  see(): Promise<Seen>
}): LocalFleet {
  const { policy, cluster, deployment, log } = at
  const namespace = `namespaces/${cluster.namespace}`
  const path = `/apis/apps/v1/${namespace}/deployments/${deployment}/scale`
  const look = async () => {
    const answer = await cluster.ask('GET', path)
    if (answer === undefined) {
      log.warn({ deployment }, 'there is no such Deployment of runners')
      return
    }
    const { metadata, spec } = answer as {
      readonly metadata: { readonly resourceVersion: string }
      readonly spec: { readonly replicas?: number }
    }
    const { replicas: before = 0 } = spec
    const { replicas, idle } = sizeOf(policy, await at.see(), deployment, before)
    if (replicas === before) return
    for (const name of idle)
      await cluster.ask(
        'PATCH',
        `/api/v1/${namespace}/pods/${name}`,
        { metadata: { annotations: COST } },
        MERGE,
      )
    // Refused when somebody else changed it meanwhile: the next look sees what became of it.
    const { resourceVersion } = metadata
    const asked = { metadata: { resourceVersion }, spec: { replicas } }
    await cluster.ask('PATCH', path, asked, MERGE)
    log.info({ deployment, before, replicas, stopping: idle }, 'the Deployment of runners changes')
  }
  const timer = setInterval(
    () => void look().catch((error: unknown) => log.warn({ err: error }, 'no look at the fleet')),
    LOOK_MS,
  )
  // Its runners are not this process's to end.
  return { look, stop: () => clearInterval(timer) }
}
