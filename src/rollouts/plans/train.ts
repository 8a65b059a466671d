/**
 * A release train leaves by its timetable, with whoever is ready. Every departure is dealt with
 * once: it left, or it was missed, and either is on record.
 */
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { LeftBehind, Passenger, TrainEvent, TrainSpec } from '../events/trains.ts'
import { same } from '../same.ts'
import { ON_FAILURE, planName as name } from './commands.ts'

interface Asked {
  readonly at: number
  readonly by: string
  readonly train: string
}

export type TrainCommand =
  | (Asked & { readonly type: 'train.apply'; readonly spec: TrainSpec })
  | (Asked & { readonly type: 'train.withdraw'; readonly reason: string })
  | (Asked & {
      readonly type: 'train.depart'
      readonly departure: number
      readonly plan: string | null
      readonly boards: readonly Passenger[]
      readonly leftBehind: readonly LeftBehind[]
    })
  | (Asked & { readonly type: 'train.miss'; readonly departure: number; readonly reason: string })

export type Train =
  | { readonly status: 'none' }
  | {
      readonly status: 'applied' | 'withdrawn'
      readonly spec: TrainSpec
      /** In whose name its plans run. */
      readonly by: string
      /** Departures up to then are dealt with. */
      readonly handledUntil: number
    }

export type TrainRefusal = 'train.unapplied' | 'train.withdrawn'
type Answer = readonly TrainEvent[] | Rejection<TrainRefusal>

export const train: Decider<Train, TrainCommand, TrainEvent, TrainRefusal> = {
  initial: { status: 'none' },
  decide(command, state): Answer {
    if (command.type === 'train.apply') {
      const isKnown = state.status === 'applied' && same(state.spec, command.spec)
      return isKnown ? [] : [{ ...command, type: 'train.applied' }]
    }
    if (state.status === 'none')
      return reject('train.unapplied', 'There is no such train.', 'List them: signalbox train list')
    if (command.type === 'train.withdraw')
      return state.status === 'withdrawn' ? [] : [{ ...command, type: 'train.withdrawn' }]
    if (state.status === 'withdrawn')
      return reject('train.withdrawn', 'It does not run any more.', 'Apply its manifest again.')
    if (command.departure <= state.handledUntil) return []
    return command.type === 'train.depart'
      ? [{ ...command, type: 'train.departed' }]
      : [{ ...command, type: 'train.missed' }]
  },
  evolve(state, event) {
    switch (event.type) {
      case 'train.applied': {
        // What was to leave before it was applied is not caught up with.
        const { spec, by, at: handledUntil } = event
        return { status: 'applied', spec, by, handledUntil }
      }
      case 'train.withdrawn':
        return state.status === 'none' ? state : { ...state, status: 'withdrawn' }
      case 'train.departed':
      case 'train.missed':
        return state.status === 'none' ? state : { ...state, handledUntil: event.departure }
    }
  },
}

export const trains = { kind: 'train', decider: train } as const

/** The server stood still for a moment: still on time. */
export const ON_TIME_MS = 60_000

export interface Due {
  readonly missed: readonly number[]
  readonly leaves: number | undefined
}

/** Of departures that are due, oldest first: all but the last have been missed for certain. */
export function due(departures: readonly number[], late: TrainSpec['late'], now: number): Due {
  const last = departures.at(-1)
  if (last === undefined) return { missed: [], leaves: undefined }
  if (late === 'run' || now - last <= ON_TIME_MS)
    return { missed: departures.slice(0, -1), leaves: last }
  return { missed: departures, leaves: undefined }
}

const HOUR_MS = 3_600_000
const CUT_OFF_MAX_MS = 14 * 24 * HOUR_MS
const names = z.array(name).max(200).default([])

export const releaseTrainManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('ReleaseTrain'),
  metadata: z.strictObject({ name, description: z.string().max(500).default('') }),
  spec: z.strictObject({
    from: name.describe('the environment whose validated releases go'),
    to: name,
    zone: z.string().max(64).describe('of the IANA database: Europe/Berlin'),
    rule: z.string().max(500).describe('RRULE of RFC 5545: FREQ=WEEKLY;BYDAY=TU'),
    start: z.string().max(30).describe('the first departure, on a clock of the zone'),
    except: z.array(z.string().max(30)).max(200).default([]),
    cutOff: z
      .string()
      .max(20)
      .refine((text) => (parseDuration(text) ?? Infinity) <= CUT_OFF_MAX_MS, {
        message: 'a duration such as 2h, 14d at most',
      })
      .default('0s')
      .describe('how long before the departure a release must be validated'),
    services: names,
    owners: names.describe('all services of these teams'),
    tiers: z
      .array(z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]))
      .max(4)
      .default([]),
    lock: z.boolean().default(false).describe('no automation in `from` after the cut-off'),
    late: z.enum(['skip', 'run']).default('skip').describe('of a departure that was missed'),
    onFailure: z.enum(ON_FAILURE).default('halt'),
  }),
})
export type ReleaseTrainManifest = z.infer<typeof releaseTrainManifest>

export function trainSpec({ spec: { cutOff, ...spec } }: ReleaseTrainManifest): TrainSpec {
  return { ...spec, cutOffMs: parseDuration(cutOff) ?? 0 }
}

export interface TrainProblem {
  readonly field: string
  readonly message: string
  readonly remedy: string
}

/** What the shape alone does not show. */
export function trainProblem({
  from,
  to,
  services,
  owners,
  tiers,
}: TrainSpec): TrainProblem | undefined {
  if (from === to)
    return {
      field: 'to',
      message: `It leaves from ${from}, and goes nowhere.`,
      remedy: 'Name the next environment of the path.',
    }
  if (services.length + owners.length + tiers.length > 0) return undefined
  return {
    field: 'services',
    message: 'Nobody may board.',
    remedy: 'Name services, owners or tiers.',
  }
}
