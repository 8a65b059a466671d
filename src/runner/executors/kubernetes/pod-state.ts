/**
 * What the state of a pod means for the command in it. The words of Kubernetes end here: an image
 * that cannot be had, a node that went away and a pod that was moved are no failures of the
 * command.
 */
import { z } from 'zod'
import { CONTAINER } from './job-manifest.ts'

export type PodVerdict =
  | { readonly is: 'waiting'; readonly why: string }
  | { readonly is: 'running'; readonly node: string }
  /** The image cannot be had. */
  | { readonly is: 'withoutImage'; readonly why: string }
  /** It will never run as it was asked for. */
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'outOfMemory' }
  | { readonly is: 'overDisk'; readonly why: string }
  /** Taken from the command by the cluster: nobody knows how it would have ended. */
  | { readonly is: 'lost'; readonly why: string }

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
})
const why = { reason: z.string().optional(), message: z.string().optional() }
const pod = z.looseObject({
  metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.looseObject({ nodeName: z.string().optional() }).default({}),
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      ...why,
      conditions: z.array(condition).default([]),
      containerStatuses: z
        .array(
          z.looseObject({
            name: z.string(),
            state: z
              .looseObject({
                waiting: z.looseObject(why).optional(),
                running: z.looseObject({}).optional(),
                terminated: z.looseObject({ ...why, exitCode: z.int().default(-1) }).optional(),
              })
              .default({}),
          }),
        )
        .default([]),
    })
    .default({ phase: 'Pending', conditions: [], containerStatuses: [] }),
})
export type Pod = z.infer<typeof pod>

/** Of whatever was answered; undefined: there is no pod. */
export function readPod(answer: unknown): Pod | undefined {
  const read = pod.safeParse(answer)
  return read.success ? read.data : undefined
}

/** The first failure to pull is tried again by the node, so it is not among them. */
const NO_IMAGE = new Set(['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'])
const NEVER_RUNS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
])
const COULD_NOT_RUN = new Set(['ContainerCannotRun', 'StartError'])

export function judgePod(found: Pod | undefined): PodVerdict {
  if (found === undefined) return { is: 'lost', why: 'its pod is gone' }
  const { status, spec } = found
  const state = status.containerStatuses.find(({ name }) => name === CONTAINER)?.state
  if (state?.terminated?.reason === 'OOMKilled') return { is: 'outOfMemory' }
  const taken = takenAway(found)
  if (taken !== undefined) return taken
  if (state?.terminated !== undefined) return endOf(state.terminated)
  if (state?.running !== undefined) return { is: 'running', node: spec.nodeName ?? 'a node' }
  if (state?.waiting !== undefined) return waitOf(state.waiting)
  const unplaced = status.conditions.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  )
  return { is: 'waiting', why: told(unplaced ?? {}, 'it has no node yet') }
}

function takenAway({ metadata, status }: Pod): PodVerdict | undefined {
  const { reason, message = '' } = status
  if (reason === 'Evicted' && /exceeds the (total )?limit/i.test(message))
    return { is: 'overDisk', why: message }
  if (reason === 'Evicted') return { is: 'lost', why: `its node evicted it: ${message}` }
  const disrupted = status.conditions.find(
    ({ type, status: is }) => type === 'DisruptionTarget' && is === 'True',
  )
  if (disrupted !== undefined) return { is: 'lost', why: `it was taken away: ${told(disrupted)}` }
  if (metadata.deletionTimestamp !== undefined) return { is: 'lost', why: 'its pod was deleted' }
  if (status.phase === 'Unknown' || reason === 'NodeLost')
    return { is: 'lost', why: 'its node is not heard of any more' }
  // A container that ended by itself has no reason at the pod.
  if (status.phase === 'Failed' && reason !== undefined)
    return { is: 'lost', why: `the cluster ended it: ${told({ reason, message })}` }
  return undefined
}

interface Told {
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

function endOf(ended: Told & { readonly exitCode: number }): PodVerdict {
  if (COULD_NOT_RUN.has(ended.reason ?? '')) return { is: 'refused', why: told(ended) }
  return { is: 'lost', why: `its container ended before it, with ${ended.exitCode}` }
}

function waitOf(waiting: Told): PodVerdict {
  const { reason = '' } = waiting
  if (NO_IMAGE.has(reason)) return { is: 'withoutImage', why: told(waiting) }
  if (NEVER_RUNS.has(reason)) return { is: 'refused', why: told(waiting) }
  return { is: 'waiting', why: told(waiting, 'its container is being made') }
}

const TOLD_LENGTH_MAX = 500

function told({ reason = '', message = '' }: Told, otherwise = 'no reason given'): string {
  const text = [reason, message].filter((part) => part !== '').join(': ')
  return text === '' ? otherwise : text.slice(0, TOLD_LENGTH_MAX)
}
