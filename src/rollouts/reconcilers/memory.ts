/**
 * What a process remembers of a deployment on its way, and may forget: a restart costs one tick of
 * evidence and a little patience, never a decision.
 */
import type { Fault } from '#kernel/fault.ts'
import { faultTold } from '../last-words.ts'
import type { Observed } from '../next-move.ts'
import type { ArmName, Slot } from '../ports.ts'
import type { Meter } from '../ticks.ts'

export type WayBack = Pick<Observed, 'belowFloor' | 'doubt'>

export interface Memory {
  /** Where it goes, known after the first look. */
  slot?: Slot
  /** Since when none of its instances is ready, though one was. */
  unreadySince?: number | undefined
  /** Since when fewer of its instances are ready than there should be. */
  shortSince?: number | undefined
  replicasBefore?: number | undefined
  /** Since when something fails at every turn, and how it failed last. */
  failing?: { readonly since: number; readonly why: string } | undefined
  /** Looked up now and then: the release's row is long. */
  veto?: { readonly at: number; readonly reason: string | undefined }
  /** Looked up now and then: nothing else is applied while this deployment has the slot. */
  floor?: { readonly at: number } & WayBack
  smokeTries?: number
  meter?: Meter
  /** Of a source of metrics: the stable arm's latencies of the last minutes. */
  recent?: readonly number[]
  stable?: ArmName | undefined
  /** Requests of both releases, as first counted; what is known of their rate. */
  counted?: { readonly at: number; readonly requests: number }
  requestsPerS?: { readonly past: number | undefined; readonly now: number | undefined }
}

export function failed(memory: Memory, fault: Fault, now: number): void {
  memory.failing = { since: memory.failing?.since ?? now, why: faultTold(fault) }
}
