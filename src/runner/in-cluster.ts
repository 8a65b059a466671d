/** Jobs with an image as pods of a cluster: what a runner has of it, and what of it a job gets. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Fault } from '#kernel/fault.ts'
import type { Executor } from './executors/execution.ts'
import { accessFrom } from './executors/kubernetes/access.ts'
import { type Cluster, openCluster } from './executors/kubernetes/api.ts'
import { type PodSettings, podSettings } from './executors/kubernetes/job-manifest.ts'
import {
  kubernetesExecutor,
  ownerOf,
  sweepJobs,
} from './executors/kubernetes/kubernetes-executor.ts'
import type { JobContext } from './job-context.ts'
import type { RunnerFolder } from './leftovers.ts'

export interface InCluster {
  readonly cluster: Cluster
  readonly owner: string
  readonly settings: PodSettings
}

export interface ClusterOptions {
  readonly docker?: string | undefined
  readonly kubernetes?: string | undefined
  readonly kubernetesNamespace?: string | undefined
  readonly kubernetesPod?: string | undefined
}

/** Throws Fault when it cannot be had: a runner without it would fail every job. */
export async function openInCluster(
  options: ClusterOptions,
  folder: Pick<RunnerFolder, 'root' | 'left'>,
): Promise<InCluster | undefined> {
  if (options.kubernetes === undefined) return undefined
  if (options.docker !== undefined) throw twoEngines()
  const settings = settingsIn(options.kubernetesPod)
  const access = accessFrom(options.kubernetes, options.kubernetesNamespace)
  const cluster = openCluster(access)
  const owner = ownerOf(folder.root)
  const whole = folder.left.filter((job) => job.isWhole)
  await sweepJobs(
    cluster,
    owner,
    whole.map((job) => job.workspace.state),
  )
  return { cluster, owner, settings }
}

/** Throws Fault `runner.no-network-isolation` for a job that is to have no network. */
export function inCluster(
  { cluster, owner, settings }: InCluster,
  { leased, log, move, workspace }: JobContext,
  folder: string,
  image: string,
): Executor {
  const { attempt, job, lease, run, service } = leased
  const { graceMs, name, network, resources = {}, timeoutMs } = job
  if (network === 'none') throw notApart()
  if (resources.pids !== undefined) log.say('a cluster cannot bound pids of one job')
  const about = { owner, run, service, attempt, lease, image, job: name, settings }
  const bounds = { timeoutMs, graceMs, resources, workspace: workspace.root }
  return kubernetesExecutor({
    ...{ cluster, folder, tree: workspace.source, signal: move.signal },
    facts: { ...about, ...bounds },
    note: (text) => log.say(text),
  })
}

function settingsIn(file: string | undefined): PodSettings {
  if (file === undefined) return podSettings.parse({})
  let content: unknown
  try {
    content = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw unknownSettings(file, 'it cannot be read as YAML', cause)
  }
  const found = podSettings.safeParse(content ?? {})
  if (found.success) return found.data
  const [issue] = found.error.issues
  const where = issue?.path.join('.') ?? ''
  throw unknownSettings(file, `${where === '' ? '' : `${where}: `}${issue?.message}`)
}

function unknownSettings(file: string, why: string, cause?: unknown): Fault {
  return new Fault(
    'kubernetes.unknown-settings',
    `${file} is not what pods can be given: ${why}.`,
    {
      remedy: `It may have ${Object.keys(podSettings.shape).join(', ')}.`,
      retry: false,
      cause,
    },
  )
}

function twoEngines(): Fault {
  return new Fault('runner.two-engines', 'A runner has Docker or Kubernetes, not both.', {
    remedy: 'Leave out one of them; start a second runner for the other.',
    retry: false,
  })
}

function notApart(): Fault {
  return new Fault('runner.no-network-isolation', 'A pod cannot be had without a network.', {
    remedy: 'Take `network: none` away, or give the job a label of a runner with bubblewrap.',
    retry: false,
  })
}
