/**
 * The Job of a command, as Kubernetes is asked for it: one pod that is never started again, bounded
 * in time, without an account of the cluster, and with the least rights that its policies know.
 * Nothing of the command is in it, neither its line nor its variables: whoever may look at Jobs may
 * not therefore look at secrets.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { JobResources } from '../../../pipelines/events.ts'
import { CONTROL, GIVEN, MAIN, TERMINATE } from './pod-scripts.ts'

const DOMAIN = 'signalbox.dev'
export const LABEL = {
  /** Of the folder of the runner. */
  owner: `${DOMAIN}/owner`,
  /** Of one command of one job. */
  command: `${DOMAIN}/command`,
  run: `${DOMAIN}/run`,
  job: `${DOMAIN}/job`,
  service: `${DOMAIN}/service`,
  attempt: `${DOMAIN}/attempt`,
  /** Of the lease, which itself is told to nobody. */
  fence: `${DOMAIN}/fence`,
} as const
export const CONTAINER = 'job'

/** For a place and an image; what a cluster cannot give in this time it is not waited for. */
export const START_MS_MAX = 15 * 60_000
/** To fetch what came of it, and to be told that it is over. */
const COLLECT_S = 600
/** A pod that its runner does not fetch is kept this long for people. */
const KEPT_S = 3_600
const GIVEN_BYTES_MAX = '16Mi'
/** Without a node, a pod is lost after this; the cluster's own patience is five minutes. */
const UNREACHABLE_S = 30
const DEFAULT_USER = 1000
const NAME_LENGTH_MAX = 63
const SLUG_LENGTH_MAX = 30

/** What an operator may add to every pod. */
export const podSettings = z.strictObject({
  /** Whose rights commands have; 0 only where the cluster's policies allow it. */
  user: z.int().min(0).default(DEFAULT_USER),
  nodeSelector: z.record(z.string(), z.string()).default({}),
  tolerations: z.array(z.looseObject({})).default([]),
  imagePullSecrets: z.array(z.strictObject({ name: z.string() })).default([]),
  annotations: z.record(z.string(), z.string()).default({}),
  runtimeClassName: z.string().optional(),
  priorityClassName: z.string().optional(),
})
export type PodSettings = z.infer<typeof podSettings>

export interface JobFacts {
  /** Of the runner's folder. */
  readonly owner: string
  /** What tells this command from all others of that runner. */
  readonly state: string
  readonly run: string
  readonly job: string
  readonly service: string
  readonly attempt: number
  readonly lease: string
  readonly image: string
  /** Absolute, the same inside and outside. */
  readonly workspace: string
  readonly timeoutMs: number
  readonly graceMs: number
  readonly resources: JobResources
  readonly settings: PodSettings
}

/** Under which a command is found again. */
export const commandOf = (owner: string, state: string): string => short(`${owner}/${state}`)

export function nameOf({ owner, state, job }: Pick<JobFacts, 'owner' | 'state' | 'job'>): string {
  const slug = labelled(job.toLowerCase()).replaceAll(/[^a-z0-9]+/g, '-')
  const bare = slug.slice(0, SLUG_LENGTH_MAX).replace(/^-+|-+$/g, '')
  return `signalbox-${bare === '' ? 'job' : bare}-${commandOf(owner, state)}`
}

export function jobManifest(facts: JobFacts): object {
  const labels = labelsOf(facts)
  const { graceMs, timeoutMs, settings } = facts
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: nameOf(facts), labels },
    spec: {
      backoffLimit: 0,
      parallelism: 1,
      completions: 1,
      activeDeadlineSeconds: seconds(START_MS_MAX + timeoutMs + graceMs) + COLLECT_S,
      ttlSecondsAfterFinished: KEPT_S,
      template: {
        metadata: { labels, annotations: settings.annotations },
        spec: podSpec(facts),
      },
    },
  }
}

function podSpec(facts: JobFacts): object {
  const { graceMs, resources, settings } = facts
  const { user, nodeSelector, tolerations, imagePullSecrets } = settings
  const { runtimeClassName, priorityClassName } = settings
  const { diskBytes } = resources
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds(graceMs) + UNREACHABLE_S,
    nodeSelector,
    tolerations: [...away('not-ready'), ...away('unreachable'), ...tolerations],
    imagePullSecrets,
    ...(runtimeClassName !== undefined && { runtimeClassName }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    securityContext: {
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      runAsNonRoot: user !== 0,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(facts)],
    volumes: [
      volume('workspace', diskBytes === undefined ? {} : { sizeLimit: String(diskBytes) }),
      volume('control', {}),
      volume('given', { medium: 'Memory', sizeLimit: GIVEN_BYTES_MAX }),
    ],
  }
}

function container({ image, workspace, resources }: JobFacts): object {
  const { cpu, memoryBytes } = resources
  const bounds = {
    ...(cpu !== undefined && { cpu: `${Math.ceil(cpu * 1000)}m` }),
    ...(memoryBytes !== undefined && { memory: String(memoryBytes) }),
  }
  return {
    name: CONTAINER,
    image,
    command: ['/bin/sh', '-c', MAIN],
    resources: { requests: bounds, limits: bounds },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', TERMINATE] } } },
    volumeMounts: [
      { name: 'workspace', mountPath: workspace },
      { name: 'control', mountPath: CONTROL },
      { name: 'given', mountPath: GIVEN },
    ],
  }
}

export function labelsOf(facts: JobFacts): Readonly<Record<string, string>> {
  const { owner, state, run, job, service, attempt, lease } = facts
  return {
    'app.kubernetes.io/managed-by': 'signalbox',
    [LABEL.owner]: owner,
    [LABEL.command]: commandOf(owner, state),
    [LABEL.run]: labelled(run),
    [LABEL.job]: labelled(job),
    [LABEL.service]: labelled(service),
    [LABEL.attempt]: String(attempt),
    [LABEL.fence]: short(lease),
  }
}

/** Of what a label may hold; whole names are in the log of the job. */
function labelled(text: string): string {
  const fit = text.replaceAll(/[^A-Za-z0-9_.-]/g, '-').slice(0, NAME_LENGTH_MAX)
  return fit.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
}

const away = (what: string) => [
  {
    key: `node.kubernetes.io/${what}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: UNREACHABLE_S,
  },
]
const volume = (name: string, emptyDir: object) => ({ name, emptyDir })
const seconds = (ms: number) => Math.ceil(ms / 1000)
const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)
