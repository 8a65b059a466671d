/**
 * A legal hold: nothing of a service and a time is thrown away or erased, whatever its age, until
 * the hold is lifted or its own end has come.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { LegalHoldEvent } from '../events/retention.ts'

type Placed = Extract<LegalHoldEvent, { type: 'legalHold.placed' }>
type Asked = Pick<Placed, 'at' | 'by'>

export type LegalHoldCommand =
  | (Omit<Placed, 'type'> & {
      readonly type: 'legalHold.place'
      /** How many others hold something now. */
      readonly others: number
    })
  | (Asked & { readonly type: 'legalHold.lift'; readonly reason: string })

export interface LegalHold extends Omit<Placed, 'type' | 'at' | 'by'> {
  readonly placedAt: number
  readonly placedBy: string
  readonly lifted: { readonly at: number; readonly by: string; readonly reason: string } | null
}

export type LegalHoldRefusal =
  | 'legalHold.exists'
  | 'legalHold.unknown'
  | 'legalHold.empty-span'
  | 'legalHold.until-in-the-past'
  | 'legalHold.too-many'

/** Every look at what may go reads all of them. */
export const HOLDS_MAX = 1_000

export const legalHold: Decider<
  LegalHold | undefined,
  LegalHoldCommand,
  LegalHoldEvent,
  LegalHoldRefusal
> = {
  initial: undefined,
  decide(command, state) {
    if (command.type === 'legalHold.place') return place(command, state)
    if (state === undefined)
      return reject(
        'legalHold.unknown',
        'There is no such legal hold.',
        'Look up its id: `signalbox legal-hold list`.',
      )
    const { at, by, reason } = command
    return state.lifted === null ? [{ type: 'legalHold.lifted', at, by, reason }] : []
  },
  evolve(state, event) {
    if (event.type === 'legalHold.placed') {
      const { type: _, at: placedAt, by: placedBy, ...rest } = event
      return { ...rest, placedAt, placedBy, lifted: null }
    }
    const { at, by, reason } = event
    return state && { ...state, lifted: { at, by, reason } }
  },
}

export const legalHolds = { kind: 'legalHold', decider: legalHold } as const

export function isInForce({ lifted, until }: LegalHold, now: number): boolean {
  return lifted === null && (until === null || until > now)
}

/** Something of a service that took its time; an instant is as long as nothing. */
export interface Lasting {
  readonly service: string | null
  readonly from: number
  readonly to: number
}

/** Whether it touches the time of the hold. What names no service is held by holds on all alone. */
export function isHeldBy(
  { service, from, to }: Pick<LegalHold, 'service' | 'from' | 'to'>,
  thing: Lasting,
): boolean {
  if (service !== '*' && service !== thing.service) return false
  return (from === null || thing.to >= from) && (to === null || thing.from < to)
}

function place(
  command: Extract<LegalHoldCommand, { type: 'legalHold.place' }>,
  state: LegalHold | undefined,
): readonly LegalHoldEvent[] | Rejection<LegalHoldRefusal> {
  if (state !== undefined)
    return reject('legalHold.exists', 'This legal hold was placed already.', 'Look at it instead.')
  const { others, type: _, ...said } = command
  if (said.from !== null && said.to !== null && said.to <= said.from)
    return reject(
      'legalHold.empty-span',
      'No time lies between its from and its to.',
      'Leave one of them out, or let to be later than from.',
    )
  if (said.until !== null && said.until <= said.at)
    return reject(
      'legalHold.until-in-the-past',
      'It would have ended before it began.',
      'Give a later day, or leave it out: then it holds until it is lifted.',
    )
  if (others >= HOLDS_MAX)
    return reject(
      'legalHold.too-many',
      `${others} legal holds are in force, and no more can be.`,
      'Lift those that nobody needs: `signalbox legal-hold list`.',
    )
  return [{ type: 'legalHold.placed', ...said }]
}
