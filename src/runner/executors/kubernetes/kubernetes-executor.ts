/**
 * The commands of a job in pods of a cluster. The runner stays what it is elsewhere: it fetches
 * the source, keeps lease and secrets, masks the log and stores what came of it; the pod has the
 * command and its files. A pod outlives its runner by itself, so the next one finds it by its
 * label.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { Execution, Executor, Listener } from '../execution.ts'
import type { Cluster } from './api.ts'
import { CONTAINER, commandOf, type JobFacts, jobManifest, LABEL } from './job-manifest.ts'
import { labelsOf, nameOf, START_MS_MAX } from './job-manifest.ts'
import { podExecution } from './pod-execution.ts'
import { sendFiles, sh } from './pod-files.ts'
import { AGE, GIVEN, GO, runFile } from './pod-scripts.ts'
import { judgePod, type Pod, readPod } from './pod-state.ts'

const LOOK_MS = 300
const OWNER_FILE = 'kubernetes-owner'

export interface KubernetesPlace {
  readonly cluster: Cluster
  readonly facts: Omit<JobFacts, 'state'>
  /** Of the service, inside the workspace. */
  readonly folder: string
  /** What of the workspace comes back. */
  readonly tree: string
  /** Ends the waiting for a place in the cluster. */
  readonly signal: AbortSignal
  /** What a person wants to know while nothing runs yet. */
  note(text: string): void
}

export function kubernetesExecutor(place: KubernetesPlace): Executor {
  const { cluster } = place
  return {
    async start({ line, env, state, onBegin }, listener) {
      const facts = { ...place.facts, state: basename(state) }
      await createJob(cluster, facts)
      try {
        const pod = await awaitRunning(place, facts, listener)
        const given = { [`${GIVEN}/run`]: runFile(place.folder, line, env) }
        await sendFiles({ cluster, pod }, facts.workspace, given, place.signal)
        onBegin?.()
        await cluster.exec({ pod, container: CONTAINER, argv: sh(GO), signal: place.signal })
        const at = { cluster, name: nameOf(facts), pod, tree: place.tree }
        return podExecution({ ...at, find: () => findPod(cluster, facts) }, Date.now(), listener)
      } catch (error) {
        await removeJob(cluster, nameOf(facts)).catch(() => undefined)
        throw error
      }
    },
    async adopt(state, listener) {
      const facts = { ...place.facts, state: basename(state) }
      return adopt(place, facts, listener)
    },
  }
}

/** Throws Fault `containers.gone` also for one whose command had not begun. */
async function adopt(
  { cluster, tree }: KubernetesPlace,
  facts: JobFacts,
  listener: Listener,
): Promise<Execution> {
  const found = await findPod(cluster, facts)
  const name = nameOf(facts)
  const age: Buffer[] = []
  const pod = found?.metadata.name
  const exitCode =
    pod === undefined
      ? -1
      : await cluster
          .exec({
            ...{ pod, container: CONTAINER, argv: sh(AGE) },
            onOutput: (piece) => void age.push(piece),
          })
          .catch(() => -1)
  const seconds = Number(Buffer.concat(age).toString())
  if (pod === undefined || exitCode !== 0 || !Number.isFinite(seconds)) {
    await removeJob(cluster, name).catch(() => undefined)
    throw new Fault('containers.gone', 'The pod of this job is gone.', {
      remedy: 'Nothing: the job is given out again.',
      retry: false,
    })
  }
  const at = { cluster, name, pod, tree, find: () => findPod(cluster, facts) }
  return podExecution(at, Date.now() - Math.max(0, seconds) * 1000, listener)
}

/** Of this folder, for good: another runner may have the same name of a folder elsewhere. */
export function ownerOf(root: string): string {
  const file = join(root, OWNER_FILE)
  try {
    const owner = readFileSync(file, 'latin1').trim()
    if (/^[0-9a-f]{16}$/.test(owner)) return owner
  } catch {
    // The first life in this folder.
  }
  const owner = randomBytes(8).toString('hex')
  writeFileSync(file, owner)
  return owner
}

/** Removes what earlier runners in this folder left, but for jobs that are gone on with. */
export async function sweepJobs(
  cluster: Cluster,
  owner: string,
  kept: readonly string[],
): Promise<void> {
  const commands = new Set(kept.map((state) => commandOf(owner, basename(state))))
  const selector = encodeURIComponent(`${LABEL.owner}=${owner}`)
  const found = await cluster.ask('GET', `${jobsOf(cluster)}?labelSelector=${selector}`)
  for (const { name, labels } of itemsIn(found))
    if (!commands.has(labels[LABEL.command] ?? '')) await removeJob(cluster, name)
}

/** Its pod goes with it, by its grace; so nothing takes its place. */
export async function removeJob(cluster: Cluster, name: string): Promise<void> {
  await cluster.ask('DELETE', `${jobsOf(cluster)}/${name}`, { propagationPolicy: 'Background' })
}

const jobsOf = ({ namespace }: Cluster) => `/apis/batch/v1/namespaces/${namespace}/jobs`
const podsOf = ({ namespace }: Cluster) => `/api/v1/namespaces/${namespace}/pods`

/** Asked twice, because an answer was lost, it is one Job. */
async function createJob(cluster: Cluster, facts: JobFacts): Promise<void> {
  try {
    const made = await cluster.ask('POST', jobsOf(cluster), jobManifest(facts))
    if (made === undefined) throw notStarted(facts, `there is no namespace ${cluster.namespace}`)
  } catch (error) {
    const [found] = itemsIn({ items: [await cluster.ask('GET', jobAt(cluster, facts))] })
    if (found?.labels[LABEL.fence] !== labelsOf(facts)[LABEL.fence]) throw error
  }
}

const jobAt = (cluster: Cluster, facts: JobFacts) => `${jobsOf(cluster)}/${nameOf(facts)}`

async function findPod(
  cluster: Cluster,
  { owner, state, lease, ...rest }: JobFacts,
): Promise<Pod | undefined> {
  const fence = labelsOf({ owner, state, lease, ...rest })[LABEL.fence]
  const wanted = `${LABEL.command}=${commandOf(owner, state)},${LABEL.fence}=${fence}`
  const path = `${podsOf(cluster)}?labelSelector=${encodeURIComponent(wanted)}`
  const found = (await cluster.ask('GET', path)) as { items?: unknown } | undefined
  const pods = Array.isArray(found?.items) ? found.items.map(readPod) : []
  return pods.find((pod) => pod !== undefined)
}

async function awaitRunning(
  { cluster, signal, note }: KubernetesPlace,
  facts: JobFacts,
  listener: Listener,
): Promise<string> {
  const startedAt = performance.now()
  for (let said = '', why = 'it has no pod yet'; ;) {
    signal.throwIfAborted()
    const pod = await findPod(cluster, facts).catch(whileAway)
    const verdict = pod === undefined ? ({ is: 'waiting', why } as const) : judgePod(pod)
    switch (verdict.is) {
      case 'running': {
        const tookMs = Math.round(performance.now() - startedAt)
        note(`pod ${pod?.metadata.name} on ${verdict.node} after ${tookMs} ms`)
        return pod?.metadata.name ?? ''
      }
      case 'waiting':
        why = verdict.why
        break
      case 'withoutImage':
        throw withoutImage(facts.image, verdict.why)
      case 'outOfMemory':
        throw notStarted(facts, 'it may use too little memory for a shell')
      case 'refused':
      case 'overDisk':
      case 'lost':
        throw notStarted(facts, verdict.why)
    }
    if (why !== said && said !== '') note(`waits: ${why}`)
    said = why
    if (performance.now() - startedAt > START_MS_MAX) throw notStarted(facts, why)
    // Waiting for a node is not silence of the command.
    listener.onSign()
    await delay(LOOK_MS, undefined, { signal })
  }
}

/** The job is there all the same; how long it is waited for has its own bound. */
function whileAway(error: unknown): undefined {
  if (error instanceof Fault && error.retry) return
  throw error
}

interface Item {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

function itemsIn(list: unknown): Item[] {
  const items = (list as { items?: unknown } | undefined)?.items
  return (Array.isArray(items) ? items : []).flatMap((item: unknown) => {
    const { metadata } = (item ?? {}) as { metadata?: Partial<Item> }
    return metadata?.name === undefined
      ? []
      : [{ name: metadata.name, labels: metadata.labels ?? {} }]
  })
}

function withoutImage(image: string, why: string): Fault {
  return new Fault('image.not-pulled', `The image ${image} cannot be had: ${why}.`, {
    remedy: 'See whether its name and digest are right, and whether the cluster may pull it.',
    retry: true,
  })
}

function notStarted(facts: JobFacts, why: string): Fault {
  return new Fault('kubernetes.not-started', `The pod of this job does not start: ${why}.`, {
    remedy: `See what the cluster says: kubectl describe job ${nameOf(facts)}`,
    retry: true,
  })
}
