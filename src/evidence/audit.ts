/**
 * The audit log as a thing with a history of its own: that it runs, lags, was halted and by whom it
 * was begun anew, what was to be forgotten, and what was handed to an auditor.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { AuditEvent } from './events.ts'
import { SUBJECT_FIELDS } from './log/entry.ts'

type Facts<Type extends AuditEvent['type']> = Omit<Extract<AuditEvent, { type: Type }>, 'type'>

export type AuditCommand =
  | ({ readonly type: 'audit.start' } & Facts<'audit.started'>)
  | ({ readonly type: 'audit.stop' } & Facts<'audit.stopped'>)
  | ({ readonly type: 'audit.lag' } & Facts<'audit.lagging'>)
  | ({ readonly type: 'audit.catchUp' } & Facts<'audit.caughtUp'>)
  | ({ readonly type: 'audit.halt' } & Facts<'audit.halted'>)
  | ({ readonly type: 'audit.beginEpoch' } & Omit<Facts<'audit.epochBegun'>, 'epoch'>)
  | ({
      readonly type: 'audit.orderErasure'
      readonly data: unknown
      /** The legal hold that keeps it, in words. */
      readonly heldBy?: string | undefined
    } & Facts<'audit.erasureOrdered'>)
  | ({ readonly type: 'audit.exportBundle' } & Facts<'audit.bundleExported'>)

export interface AuditState {
  readonly epoch: number
  readonly keys: readonly string[]
  readonly isLagging: boolean
  readonly halted: { readonly size: number; readonly published: number } | undefined
  /** What the epochs after the first begin with. */
  readonly begun: Readonly<Record<number, Facts<'audit.epochBegun'>>>
}

export type AuditRefusal =
  | 'audit.not-halted'
  | 'audit.nothing-to-erase'
  | 'audit.needed-field'
  | 'audit.no-such-field'
  | 'audit.held'

type Answer = readonly AuditEvent[] | Rejection<AuditRefusal>

/** Names, numbers and kinds by which events are folded and counted: without them nothing holds. */
const NEEDED: readonly string[] = ['type', 'at', 'stream', 'epoch', 'keys', ...SUBJECT_FIELDS]
/** In place of what was there; also a text, so that whoever folds it finds what it looks for. */
export const ERASED = '[erased]'

export const audit: Decider<AuditState, AuditCommand, AuditEvent, AuditRefusal> = {
  initial: { epoch: 1, keys: [], isLagging: false, halted: undefined, begun: {} },
  decide(command, state) {
    switch (command.type) {
      case 'audit.start':
        return start(command, state)
      case 'audit.stop':
        return [{ ...command, type: 'audit.stopped' }]
      case 'audit.lag':
        return state.isLagging ? [] : [{ ...command, type: 'audit.lagging' }]
      case 'audit.catchUp':
        return state.isLagging ? [{ ...command, type: 'audit.caughtUp' }] : []
      case 'audit.halt':
        return state.halted?.published === command.published
          ? []
          : [{ ...command, type: 'audit.halted' }]
      case 'audit.beginEpoch':
        return beginEpoch(command, state)
      case 'audit.orderErasure':
        return orderErasure(command)
      case 'audit.exportBundle':
        return [{ ...command, type: 'audit.bundleExported' }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'audit.started':
        return { ...state, keys: event.keys }
      case 'audit.lagging':
        return { ...state, isLagging: true }
      case 'audit.caughtUp':
        return { ...state, isLagging: false }
      case 'audit.halted':
        return { ...state, halted: { size: event.size, published: event.published } }
      case 'audit.epochBegun': {
        const begun = { ...state.begun, [event.epoch]: event }
        return { ...state, epoch: event.epoch, halted: undefined, begun }
      }
      case 'audit.stopped':
      case 'audit.keysChanged':
      case 'audit.erasureOrdered':
      case 'audit.bundleExported':
        return state
    }
  },
}

/** There is one. */
export const AUDIT_ID = 'log'
export const audits = { kind: 'audit', decider: audit } as const

function start(
  { at, by, server, epoch, size, keys }: Extract<AuditCommand, { type: 'audit.start' }>,
  state: AuditState,
): Answer {
  const started: AuditEvent = { type: 'audit.started', at, by, server, epoch, size, keys }
  const isOther = state.keys.length > 0 && state.keys.join('\n') !== keys.join('\n')
  return isOther
    ? [{ type: 'audit.keysChanged', at, by, before: state.keys, now: keys }, started]
    : [started]
}

function beginEpoch(
  command: Extract<AuditCommand, { type: 'audit.beginEpoch' }>,
  { epoch, halted }: AuditState,
): Answer {
  if (halted === undefined)
    return reject(
      'audit.not-halted',
      'The log runs, and an epoch ends only when more was published than is here.',
      'See how it is: `signalbox audit status`.',
    )
  return [{ ...command, type: 'audit.epochBegun', epoch: epoch + 1 }]
}

function orderErasure({
  data,
  heldBy,
  ...command
}: Extract<AuditCommand, { type: 'audit.orderErasure' }>): Answer {
  if (heldBy !== undefined)
    return reject(
      'audit.held',
      `Nothing of it may be forgotten: ${heldBy}.`,
      'Ask the owner of the hold: `signalbox legal-hold list`.',
    )
  const needed = command.fields.find((field) => NEEDED.includes(field.split('.')[0] ?? ''))
  if (needed !== undefined)
    return reject(
      'audit.needed-field',
      `${needed} is what events are counted by, and stays.`,
      'Name fields that hold words of people: `--field reason`.',
    )
  const missing = command.fields.find((field) => typeof valueAt(data, field) !== 'string')
  if (missing !== undefined)
    return reject(
      'audit.no-such-field',
      `${missing} is no text of this event.`,
      'See what it holds: `signalbox audit show INDEX`.',
    )
  if (command.fields.every((field) => valueAt(data, field) === ERASED))
    return reject(
      'audit.nothing-to-erase',
      'All of that was erased before.',
      'See what it holds: `signalbox audit show INDEX`.',
    )
  return [{ ...command, type: 'audit.erasureOrdered' }]
}

/** `plan.note`: one level after another. */
export function valueAt(data: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        Object.hasOwn(Object(value) as object, name)
          ? (Object(value) as Record<string, unknown>)[name]
          : undefined,
      data,
    )
}

/** The event's data with those texts gone. */
export function without(data: unknown, fields: readonly string[]): unknown {
  return fields.reduce((all, field) => replaced(all, field.split('.')), data)
}

function replaced(data: unknown, [name = '', ...rest]: readonly string[]): unknown {
  const all = Object(data) as Record<string, unknown>
  if (!Object.hasOwn(all, name)) return data
  return { ...all, [name]: rest.length === 0 ? ERASED : replaced(all[name], rest) }
}
