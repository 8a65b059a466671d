/**
 * What this room needs of the outside: tools that tell what they saw, each read by its connector
 * into observations, the one shape that figures are counted from.
 */
import type { BackfillPlace } from './backfill/backfill.ts'
import type { Observation } from './observations/observation.ts'
import type { Sent } from './sinks/patience.ts'

export type { BackfillPlace, Sent }
export type * from './observations/observation.ts'

export type HeadersSaid = Readonly<Record<string, string | undefined>>

export interface Delivery {
  /** Names in lower case. */
  readonly headers: HeadersSaid
  /** Parsed; whoever maps it takes the fields it needs and minds no others. */
  readonly payload: unknown
  readonly receivedAt: number
}

/** What a delivery says. Notes say what was not told, or could not be used: they are counted. */
export interface Heard {
  readonly observations: readonly Observation[]
  readonly notes: readonly string[]
}

export type Hear = (delivery: Delivery) => Heard

/** One connection that delivers by hook, as the operator set it up. */
export interface HookSource {
  readonly name: string
  readonly kind: string
  /** Undefined: it is genuine. Asked of the bytes as they came. */
  problemOf(
    signed: { readonly headers: HeadersSaid; readonly body: Uint8Array },
    now: number,
  ): 'unsigned' | 'forged' | 'stale' | undefined
  /** What the tool calls the delivery, the same when it is sent again. Undefined: nothing. */
  deliveryOf(headers: HeadersSaid): string | undefined
  /** What kind of thing it tells, in the tool's word: `push`. */
  eventOf(headers: HeadersSaid, payload: unknown): string
  readonly hear: Hear
}

export interface BackfillPage extends Heard {
  /** Undefined: that was all. */
  readonly next: BackfillPlace | undefined
  /** The tool asks for patience: nothing was read, and `next` is the same place. */
  readonly waitUntil?: number | undefined
}

/** A tool that can be asked for what came before its hook, or while that did not arrive. */
export interface Backfill {
  readonly connection: string
  readonly repositories: readonly string[]
  /**
   * The same observations as its hooks give. Throws Fault, with `retry` unless it is in vain: the
   * repository is gone, or the token may not see it.
   */
  page(ask: {
    readonly repository: string
    readonly since: number
    /** Undefined: the beginning. */
    readonly at: BackfillPlace | undefined
    readonly now: number
  }): Promise<BackfillPage>
}

/** An event of ours as it stands in the log. */
export interface Noted {
  readonly stream: string
  readonly version: number
  readonly event: { readonly type: string; readonly at: number; readonly by: string }
}

/** What a sink is told of one event. */
export interface Message {
  /** A function of the event's place, so that it never changes when it is sent again. */
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly body: unknown
}

/** Who is told what happens here. */
export interface Sink {
  readonly name: string
  readonly kind: string
  /** Kinds of streams that it is told of. */
  readonly hears: readonly string[]
  /** Types whose first event in a stream it has to know to tell a later one. */
  readonly asks: readonly string[]
  messagesOf(noted: Noted, firsts: readonly Noted[]): readonly Message[]
  /** Never throws for what the other side does. */
  send(message: Message, signal: AbortSignal): Promise<Sent>
}
