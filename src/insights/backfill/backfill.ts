/**
 * The back-fill of one repository: asked for, read page by page, and over. Where it stands is on
 * record after each page, so that it goes on where it was, whoever goes on with it.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'

/** Where it stands: which list, and which page of it. */
export interface BackfillPlace {
  readonly resource: string
  readonly page: number
}

interface Fact {
  readonly at: number
  readonly by: string
}

export type BackfillEvent =
  | (Fact & {
      readonly type: 'backfill.requested'
      readonly connection: string
      readonly repository: string
      readonly since: number
    })
  | (Fact & {
      readonly type: 'backfill.advanced'
      readonly observations: number
      readonly notes: number
      readonly next: BackfillPlace | null
    })
  | (Fact & { readonly type: 'backfill.failed'; readonly reason: string })

export type BackfillCommand =
  | (Fact & {
      readonly type: 'backfill.request'
      readonly connection: string
      readonly repository: string
      readonly since: number
    })
  | (Fact & {
      readonly type: 'backfill.advance'
      /** The place that was read; another one is old news. */
      readonly from: BackfillPlace | undefined
      readonly observations: number
      readonly notes: number
      readonly next: BackfillPlace | undefined
    })
  | (Fact & { readonly type: 'backfill.fail'; readonly reason: string })

export interface BackfillState {
  readonly status: 'none' | 'running' | 'done' | 'failed'
  readonly connection: string
  readonly repository: string
  readonly since: number
  readonly place: BackfillPlace | undefined
  readonly pages: number
  readonly observations: number
  readonly notes: number
  readonly reason: string
}

export type BackfillRefusal = 'backfill.running'

export const backfill: Decider<BackfillState, BackfillCommand, BackfillEvent, BackfillRefusal> = {
  initial: {
    status: 'none',
    connection: '',
    repository: '',
    since: 0,
    place: undefined,
    pages: 0,
    observations: 0,
    notes: 0,
    reason: '',
  },
  decide(command, state) {
    switch (command.type) {
      case 'backfill.request':
        return request(command, state)
      case 'backfill.advance': {
        const { from, next, type: _, ...facts } = command
        if (state.status !== 'running' || !isSame(from, state.place)) return []
        return [{ ...facts, type: 'backfill.advanced', next: next ?? null }]
      }
      case 'backfill.fail':
        return state.status === 'running' ? [{ ...command, type: 'backfill.failed' }] : []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'backfill.requested': {
        const { connection, repository, since } = event
        return { ...backfill.initial, status: 'running', connection, repository, since }
      }
      case 'backfill.advanced':
        return {
          ...state,
          status: event.next === null ? 'done' : 'running',
          place: event.next ?? undefined,
          pages: state.pages + 1,
          observations: state.observations + event.observations,
          notes: state.notes + event.notes,
        }
      case 'backfill.failed':
        return { ...state, status: 'failed', reason: event.reason }
    }
  },
}

export const backfills = { kind: 'backfill', decider: backfill } as const

function request(
  command: Extract<BackfillCommand, { type: 'backfill.request' }>,
  state: BackfillState,
): readonly BackfillEvent[] | Rejection<BackfillRefusal> {
  if (state.status !== 'running') return [{ ...command, type: 'backfill.requested' }]
  return reject(
    'backfill.running',
    `${command.repository} is being filled back.`,
    'See `signalbox connect backfill --status` for where it stands.',
  )
}

const isSame = (a: BackfillPlace | undefined, b: BackfillPlace | undefined) =>
  a?.resource === b?.resource && a?.page === b?.page
