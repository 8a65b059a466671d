/**
 * Keeps the lease of one job alive and hears why the job should end: somebody cancelled it, the
 * lease went to another runner, or this runner is stopping. A server that is away is no reason: the
 * job goes on, and what it did is told when the server is back. Beats go on to the very end, lest a
 * job that a stopping runner is still putting in order be given out twice.
 */
import { Fault } from '#kernel/fault.ts'
import type { JobClient } from './client.ts'

/** A beat that hangs longer would cost the beats after it. */
const BEAT_MS_MAX = 10_000

/** How long a stopping runner tries to hand a job back; then its lease runs out instead. */
const HAND_BACK_MS_MAX = 3_000

export interface LeaseWatch {
  /** Aborted when the work should end; with the reason `now` when it should have ended already. */
  readonly work: AbortSignal
  /** Aborted when there is nothing more to tell the server. */
  readonly talk: AbortSignal
  /** Passes on what a call throws, having noticed when that says that the lease is lost. */
  readonly notice: (error: unknown) => never
  /** The work has ended: from here on a stopping runner waits only so long. */
  readonly worked: () => void
  readonly end: () => void
}

export interface Beats {
  readonly beatMs: number
  /** Asks at once: the lease may be gone since. */
  readonly isResumed: boolean
}

/** Ends early when told, without an error: there is one for every job, and making it costs. */
function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      until.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    until.addEventListener('abort', end)
    if (until.aborted) end()
  })
}

export function watchLease(client: JobClient, beats: Beats, stop: AbortSignal): LeaseWatch {
  const { beatMs, isResumed } = beats
  const work = new AbortController()
  const talk = new AbortController()
  let hasWorked = false
  let timer: NodeJS.Timeout | undefined
  const hurry = () => {
    if (stop.aborted && hasWorked)
      timer ??= setTimeout(() => talk.abort('stopping'), HAND_BACK_MS_MAX)
  }
  const onStop = () => {
    work.abort('stopping')
    hurry()
  }
  const notice = (error: unknown): never => {
    const codes = ['run.lease-lost', 'runner.token-refused']
    if (error instanceof Fault && codes.includes(error.code)) {
      work.abort('now')
      talk.abort('lost')
    }
    throw error
  }
  const beat = async () => {
    const signal = AbortSignal.any([talk.signal, AbortSignal.timeout(BEAT_MS_MAX)])
    const { cancel } = await client.beat(signal).catch(notice)
    if (cancel) work.abort('cancelled')
  }
  const beatOn = async () => {
    if (isResumed) await beat().catch(() => undefined)
    while (!talk.signal.aborted) {
      await pause(beatMs, talk.signal)
      // Faults are noticed above; a server that is away is asked again with the next beat.
      if (!talk.signal.aborted) await beat().catch(() => undefined)
    }
  }
  stop.addEventListener('abort', onStop)
  if (stop.aborted) onStop()
  void beatOn()
  return {
    work: work.signal,
    talk: talk.signal,
    notice,
    worked() {
      hasWorked = true
      hurry()
    },
    end() {
      clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
      talk.abort('ended')
    },
  }
}
