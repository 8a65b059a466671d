/** What may be asked of releases and freezes, and the manifest of kind Freeze. */
import { z } from 'zod'
import type { CandidateEvent, ReleaseEvent } from './events.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

type Created = Extract<ReleaseEvent, { type: 'release.created' }>

export type ReleaseCommand =
  | (Asked & { readonly type: 'release.create' } & Omit<Created, 'type'>)
  | (Asked & {
      readonly type: 'release.veto' | 'release.unveto'
      /** Absent: everywhere. */
      readonly environment?: string | undefined
      readonly reason: string
    })

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
    })
  | (Asked & { readonly type: 'freeze.lift'; readonly reason: string })

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
/** The body of `POST /freezes/{name}/lift`. */
export const liftBody = z.strictObject({ reason })

const freezeFacts = {
  environments: scope,
  services: scope,
  reason,
  startsAt: instant.optional(),
  endsAt: instant,
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
