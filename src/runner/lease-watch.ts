/**
 * Keeps the lease of one job alive and hears why the job should end: somebody cancelled it, the
 * lease went to another runner, or this runner is stopping. A server that is away is no reason: the
 * job goes on, and what it did is told when the server is back.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'
import type { JobClient } from './client.ts'

/** A beat that hangs longer would cost the beats after it. */
const BEAT_MS_MAX = 10_000

export interface LeaseWatch {
  /** Aborted when the work should end; with the reason `now` when it should have ended already. */
  readonly work: AbortSignal
  /** Aborted when there is nothing more to tell the server. */
  readonly talk: AbortSignal
  /** Passes on what a call throws, having noticed when that says that the lease is lost. */
  readonly notice: (error: unknown) => never
  readonly end: () => void
}

export function watchLease(client: JobClient, beatMs: number, stop: AbortSignal): LeaseWatch {
  const work = new AbortController()
  const talk = new AbortController()
  const onStop = () => {
    work.abort('stopping')
    talk.abort('stopping')
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
    while (!talk.signal.aborted) {
      await delay(beatMs, undefined, { signal: talk.signal }).catch(() => undefined)
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
    end() {
      stop.removeEventListener('abort', onStop)
      talk.abort('ended')
    },
  }
}
