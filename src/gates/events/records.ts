/** Facts about recorders and what they recorded elsewhere. Kept for ever: never rename a field. */
import type { RecordedCheck, Unanswered } from '#kernel/record.ts'

interface Fact {
  readonly at: number
  readonly by: string
}

export type RecorderEvent =
  | (Fact & {
      readonly type: 'recorder.registered'
      /** Ed25519, SPKI in base64: public. */
      readonly key: string
      /** The machine, as whoever registered it calls it. */
      readonly name: string
    })
  | (Fact & { readonly type: 'recorder.retired'; readonly reason: string })

interface Received extends Fact {
  readonly recorder: string
  readonly number: number
  readonly digest: string
  readonly previous: string | null
  /** By the clock of the machine that signed; `at` is when it came here. */
  readonly recordedAt: number
}

export type RecordEvent =
  | (Received & Omit<RecordedCheck, 'kind'> & { readonly type: 'record.checkReceived' })
  | (Received & Omit<Unanswered, 'kind'> & { readonly type: 'record.unansweredReceived' })
  | (Fact & {
      readonly type: 'record.reviewed'
      readonly service: string
      readonly environment: string
      readonly note: string
    })
