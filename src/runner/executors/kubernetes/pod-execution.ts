/**
 * A command under way in a pod. Its output is heard by byte offset from the file that the pod
 * keeps, so a stream that breaks is taken up where it broke, and the cluster's own log, which is
 * cut and keeps no bytes, has no part in it. What the cluster does to the pod meanwhile is looked
 * at beside.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { CommandExit, Execution, Listener } from '../execution.ts'
import { KEPT_BYTES_MAX } from '../supervisor.ts'
import type { Cluster } from './api.ts'
import { CONTAINER } from './job-manifest.ts'
import { fetchFiles, sh } from './pod-files.ts'
import { DONE, follow, IS_RUNNING, KILL, rest } from './pod-scripts.ts'
import { judgePod, type Pod } from './pod-state.ts'

const LOOK_MS = 3_000
const PAUSE_MS = 500
/** For a pod that does not answer any more; then the cluster's own bounds have to do. */
const PATIENCE_MS = 10_000
/** The least that a node is given to end a pod; with none it would be forgotten, not ended. */
const GRACE_S_MIN = 1

export interface PodPlace {
  readonly cluster: Cluster
  /** Of the Job. */
  readonly name: string
  readonly pod: string
  /** What comes back when the command has ended. */
  readonly tree: string
  find(): Promise<Pod | undefined>
}

/** How it ended, and whether its pod can still be asked for what it made. */
interface Fate extends CommandExit {
  readonly isReachable: boolean
}

export function podExecution(place: PodPlace, startedAt: number, listener: Listener): Execution {
  const { cluster, pod, tree } = place
  const closed = new AbortController()
  /** Whether it was us who wanted it to end. */
  let isEnding = false
  let fate: Fate | undefined
  const ear = makeEar(listener)
  const ask = (script: string, signal?: AbortSignal) =>
    cluster.exec({ pod, container: CONTAINER, argv: sh(script), signal })
  const hearing = hear({ place, ear, closed: closed.signal, isEnding: () => isEnding })
  const ended = hearing.then((end): CommandExit => {
    fate = end
    const { isReachable: _, ...exit } = end
    return exit
  })
  ended.catch(() => undefined)
  const isGone = async () => {
    const found = await place.find()
    return found === undefined || judgePod(found).is === 'outOfMemory' || !isUp(found)
  }
  return {
    startedAt,
    ended,
    async terminate() {
      isEnding = true
      // By the cluster, which goes on with it if this process cannot.
      await removed(place).catch(() => undefined)
    },
    isRunning: () =>
      ask(IS_RUNNING).then(
        // Who asks may be ended before it has said that it is none of the job.
        async (code) => (code > 128 ? await ask(IS_RUNNING) : code) === 0,
        async () => !(await isGone()),
      ),
    async kill() {
      if (fate === undefined) isEnding = true
      if (fate?.isReachable === false) return isGone().catch(() => false)
      const patience = AbortSignal.timeout(PATIENCE_MS)
      const isDone = await ask(KILL, patience).then(
        (code) => code === 0,
        () => false,
      )
      if (isDone) return true
      await removed(place, GRACE_S_MIN).catch(() => undefined)
      return goneWithin(isGone)
    },
    async drain() {
      try {
        await Promise.race([hearing.catch(() => undefined), delay(PATIENCE_MS)])
        if (fate?.isReachable !== true) return
        await cluster.exec({
          ...{ pod, container: CONTAINER, argv: sh(rest(ear.heard())) },
          onOutput: ear.hear,
        })
        await fetchFiles({ cluster, pod }, tree)
      } catch (error) {
        // What was ended leaves nothing that anybody waits for.
        if (!isEnding) throw error
      } finally {
        await ask(DONE, AbortSignal.timeout(PATIENCE_MS)).catch(() => undefined)
        await removed(place).catch(() => undefined)
      }
    },
    close: () => closed.abort(),
  }
}

function makeEar(listener: Listener) {
  let heard = 0
  return {
    heard: () => heard,
    hear(piece: Buffer) {
      heard += piece.length
      listener.onSign()
      listener.onOutput(piece)
      if (heard >= KEPT_BYTES_MAX) listener.onCut()
    },
    sign: () => listener.onSign(),
  }
}

interface Hearing {
  readonly place: PodPlace
  readonly ear: ReturnType<typeof makeEar>
  readonly closed: AbortSignal
  isEnding(): boolean
}

async function hear(about: Hearing): Promise<Fate> {
  const { place, ear, closed } = about
  for (;;) {
    const said = await listenOnce(place, ear, closed, about)
    if (closed.aborted) throw new Error('Nobody listens any more.')
    const [, exit, kills] = /\nexit (\d+) oom (\d+)/.exec(said) ?? []
    if (exit !== undefined) return exitOf(about, Number(exit), Number(kills))
    const fate = fateOf(await lookAt(about), about.isEnding())
    if (fate !== undefined) return fate
    await delay(PAUSE_MS, undefined, { signal: closed }).catch(() => undefined)
  }
}

/** What it says beside the output; a stream that breaks is no news. */
async function listenOnce(
  { cluster, pod }: PodPlace,
  ear: Hearing['ear'],
  closed: AbortSignal,
  about: Hearing,
): Promise<string> {
  let said = ''
  const over = new AbortController()
  const watching = watch(about, over)
  await cluster
    .exec({
      ...{ pod, container: CONTAINER, argv: sh(follow(ear.heard())) },
      onOutput: ear.hear,
      onError(piece) {
        said = `${said}${piece.toString('latin1')}`.slice(-200)
        ear.sign()
      },
      signal: AbortSignal.any([closed, over.signal]),
    })
    .catch(() => undefined)
  over.abort()
  await watching
  return said
}

/** A stream to a node that is gone may stay open for long. */
async function watch(about: Hearing, over: AbortController): Promise<void> {
  const { closed } = about
  const signal = AbortSignal.any([closed, over.signal])
  while (!signal.aborted) {
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const fate = fateOf(await lookAt(about), about.isEnding())
    if (fate !== undefined) over.abort()
  }
}

/** The cluster may be away for a while: that says nothing of the command. */
async function lookAt({ place }: Hearing): Promise<Pod | 'away' | undefined> {
  try {
    return await place.find()
  } catch (error) {
    if (error instanceof Fault && !error.retry) throw error
    return 'away'
  }
}

function fateOf(pod: Pod | 'away' | undefined, isEnding: boolean): Fate | undefined {
  if (pod === 'away') return undefined
  const verdict = judgePod(pod)
  switch (verdict.is) {
    case 'outOfMemory':
      return { exitCode: undefined, isOutOfMemory: true, isReachable: false }
    case 'overDisk':
      return { exitCode: undefined, overDisk: verdict.why, isReachable: false }
    case 'refused':
    case 'withoutImage':
      return { exitCode: undefined, lost: verdict.why, isReachable: false }
    case 'lost':
      // Deleted by us, it has its grace.
      if (isEnding && pod !== undefined && isUp(pod)) return undefined
      return { exitCode: undefined, lost: verdict.why, isReachable: false }
    case 'running':
    case 'waiting':
      return undefined
  }
}

/** What the cluster took away ends badly by that, and by nothing that it did itself. */
async function exitOf(about: Hearing, exitCode: number, kills: number): Promise<Fate> {
  const whole = { exitCode, isReachable: true, isOutOfMemory: kills > 0 }
  if (exitCode === 0 || about.isEnding()) return whole
  const pod = await lookAt(about)
  if (pod === 'away') return whole
  const verdict = judgePod(pod)
  return verdict.is === 'lost'
    ? { exitCode: undefined, lost: verdict.why, isReachable: false }
    : whole
}

const isUp = ({ status }: Pod) =>
  status.containerStatuses.some(
    (each) => each.name === CONTAINER && each.state.running !== undefined,
  )

async function removed({ cluster, name, pod }: PodPlace, graceS?: number): Promise<void> {
  const { namespace } = cluster
  const job = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`
  await cluster.ask('DELETE', job, { propagationPolicy: 'Background' })
  // The cluster would get to it by itself; a person who cancels does not want to wait for that.
  const grace = graceS === undefined ? {} : { gracePeriodSeconds: graceS }
  await cluster.ask('DELETE', `/api/v1/namespaces/${namespace}/pods/${pod}`, grace)
}

async function goneWithin(isGone: () => Promise<boolean>): Promise<boolean> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
    if (await isGone().catch(() => false)) return true
    await delay(PAUSE_MS)
  }
  return false
}
