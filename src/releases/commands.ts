/** What may be asked of releases and the calendar, and the manifests of kinds Freeze and Window. */
import { z } from 'zod'
import type {
  BadCommitCompared,
  CandidateEvent,
  ReleaseEvent,
  Urgency,
  WindowSpec,
} from './events.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

type Created = Extract<ReleaseEvent, { type: 'release.created' }>

export interface BornVetoed {
  /** Who found it bad. */
  readonly by: string
  /** Absent: everywhere. */
  readonly environment?: string | undefined
  readonly reason: string
  readonly commit: string
}

export type ReleaseCommand =
  | (Asked & {
      readonly type: 'release.create'
      /** Bad commits that it holds: it is born vetoed. */
      readonly bad?: readonly BornVetoed[] | undefined
    } & Omit<Created, 'type'>)
  | (Asked & {
      readonly type: 'release.veto' | 'release.unveto'
      /** Absent: everywhere. */
      readonly environment?: string | undefined
      readonly reason: string
      /** The bad commit that it holds, when that is why. */
      readonly commit?: string | undefined
    })
  /** An empty text takes them back. */
  | (Asked & { readonly type: 'release.note'; readonly notes: string })

export type BadCommitCommand = BadCommitJudgement | BadCommitComparison

type BadCommitComparison = Omit<BadCommitCompared, 'type'> & { readonly type: 'commit.compare' }

type BadCommitJudgement = Asked & {
  readonly type: 'commit.veto' | 'commit.unveto'
  readonly sha: string
  /** Absent: everywhere. */
  readonly environment?: string | undefined
  readonly reason: string
}

export type CandidateCommand = Omit<CandidateEvent, 'type'> & {
  readonly type: 'candidate.passOver'
}

export type FreezeCommand =
  | (Asked & {
      readonly type: 'freeze.declare'
      readonly freeze: string
      /** Names, or `*` for all. */
      readonly environments: readonly string[]
      readonly services: readonly string[]
      readonly reason: string
      /** Left out: at once. */
      readonly startsAt?: number | undefined
      readonly endsAt: number
      /** Left out: planned. */
      readonly urgency?: Urgency | undefined
      /** It blocks rollbacks too, and this is who answers for that. */
      readonly hard?: { readonly owner: string } | undefined
    })
  | (Asked & { readonly type: 'freeze.lift'; readonly reason: string })

export type WindowCommand =
  | (Asked & {
      readonly type: 'window.apply'
      readonly window: string
      readonly spec: WindowSpec
    })
  | (Asked & { readonly type: 'window.withdraw'; readonly reason: string })

const reason = z.string().max(2000)
const name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/,
    'lower-case letters, digits and dashes, 60 at most',
  )
const scope = z
  .array(z.union([name, z.literal('*')]))
  .max(200)
  .describe('names, or * for all')

/** RFC 3339 with its zone, or milliseconds since 1970: milliseconds after parsing. */
const instant = z.union([
  z.int().min(0),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
])

/** The body of `POST /releases/{id}/veto` and `/unveto`. */
export const vetoBody = z.strictObject({ environment: name.optional(), reason })
/** The body of `POST /releases/{id}/notes`. Its bound is the decider's, which says what to do. */
export const notesBody = z.strictObject({
  notes: z.string().max(200_000).describe('Markdown; empty takes them back'),
})
/** The body of `POST /freezes/{name}/lift` and `POST /windows/{name}/withdraw`. */
export const liftBody = z.strictObject({ reason })

const freezeFacts = {
  environments: scope,
  services: scope,
  reason,
  startsAt: instant.optional(),
  endsAt: instant,
  urgency: z
    .enum(['planned', 'immediate'])
    .default('planned')
    .describe('where a rollout under way is held: at its next resting point, or at once'),
  hard: z
    .strictObject({ owner: z.string().trim().min(1).max(100).describe('who answers for it') })
    .optional()
    .describe('blocks rollbacks too; never an abort'),
}
/** The body of `POST /freezes`. */
export const freezeBody = z.strictObject({ name, ...freezeFacts })

export const freezeManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Freeze'),
  metadata: z.strictObject({ name, description: z.string().max(500).default('') }),
  spec: z.strictObject(freezeFacts),
})
export type FreezeManifest = z.infer<typeof freezeManifest>

/** The wish that a Freeze manifest is. */
export function declareFreeze(
  { metadata, spec }: FreezeManifest,
  { at, by }: Asked,
): Extract<FreezeCommand, { type: 'freeze.declare' }> {
  return { type: 'freeze.declare', at, by, freeze: metadata.name, ...spec }
}

/** Whole words only; whether they make sense together is for the decider to say. */
export const windowManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Window'),
  metadata: z.strictObject({ name, description: z.string().max(500).default('') }),
  spec: z.strictObject({
    zone: z.string().max(64).describe('of the IANA database: Europe/Berlin'),
    rule: z.string().max(500).describe('RRULE of RFC 5545: FREQ=WEEKLY;BYDAY=MO,TU'),
    start: z.string().max(30).describe('on a clock of the zone: 2026-01-05T09:00'),
    duration: z.string().max(40).describe('8h, 90m; 1d is a day of the calendar'),
    except: z
      .array(z.string().max(30))
      .max(200)
      .default([])
      .describe('days on which it does not begin: 2026-12-25'),
    mode: z.enum(['allow', 'deny']),
    scope: z
      .strictObject({
        environments: scope.optional(),
        kinds: z
          .array(z.enum(['development', 'test', 'staging', 'production']))
          .max(4)
          .optional(),
        services: scope.optional(),
        tiers: z
          .array(z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]))
          .max(4)
          .optional(),
      })
      .describe('slots that are in all that is given'),
    reason: reason.default(''),
    blocks: z.literal('forward').default('forward').describe('never a rollback or an abort'),
  }),
})
export type WindowManifest = z.infer<typeof windowManifest>
