/** What may be asked of the catalog, and the manifests of kinds Service and Environment. */
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import { isRange, isVersion } from '#kernel/version-range.ts'
import { isZone, nearestZone } from '#kernel/zone.ts'
import { analysisManifest, analysisSource } from './analysis.ts'
import type { CommitFact, EnvironmentSpec, ServiceSpec, WaveSpec } from './events.ts'

interface Asked {
  readonly at: number
  readonly by: string
}

/** Names become parts of addresses, folders and host names. */
export const name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/,
    'lower-case letters, digits and dashes, 60 at most',
  )

const relative = z
  .string()
  .max(500)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), {
    message: 'a path inside the repository, without ..',
  })
const text = z.string().max(500)
/** Part of names in the database, whose indexes hold 2,700 bytes: 500 letters of any script fit. */
const address = z.string().min(1).max(500)
const zone = z
  .string()
  .max(64)
  .refine(isZone, {
    error({ input }) {
      const close = nearestZone(String(input))
      return `a time zone such as ${close ?? 'Europe/Berlin'}`
    },
  })
const environmentVariable = z.string().regex(/^[A-Z_][A-Z0-9_]{0,99}$/, 'A-Z, 0-9 and _')

/** What is read or written: a topic, an interface, a format. */
const spoken = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,99}$/, 'letters, digits and . _ / -')
/** Each is compared with those of hundreds of releases. */
const SPOKEN_MAX = 50
const byName = <T extends z.ZodType<string>>(of: T) =>
  z
    .record(spoken, of)
    .refine((all) => Object.keys(all).length <= SPOKEN_MAX, { message: `${SPOKEN_MAX} at most` })
    .default({})
const versionRange = z.string().max(100).refine(isRange, { message: 'a range such as >=1 <3' })
const spokenVersion = z
  .string()
  .max(40)
  .refine(isVersion, { message: 'a version such as 2 or 2.1' })

const httpPath = z.string().regex(/^\/[^\s]{0,200}$/, 'a path such as /healthz')

/** Two sets of instances cost twice the memory: nobody means a week. */
const WARM_MAX_MS = 24 * 60 * 60_000
function within(mostMs: number, example: string) {
  return z
    .string()
    .max(40)
    .transform((said, context) => {
      const ms = parseDuration(said)
      if (ms !== undefined && ms <= mostMs) return ms
      context.addIssue({ code: 'custom', message: `a duration such as ${example}` })
      return z.NEVER
    })
}
const warmth = within(WARM_MAX_MS, '30m, 24h at most')

const share = z
  .string()
  .regex(/^[1-9]\d?%$/, 'a share such as 10%')
  .transform((said) => Number(said.slice(0, -1)))
const WAVE_BAKE_MAX_MS = 7 * 24 * 60 * 60_000
const wave = z
  .strictObject({
    name,
    share: share.optional().describe('of all instances'),
    targets: z.array(name).min(1).max(20).optional().describe('by name, each an equal part'),
    bake: within(WAVE_BAKE_MAX_MS, '12h, 7d at most').optional(),
  })
  .refine(({ share: part, targets }) => (part === undefined) !== (targets === undefined), {
    message: 'a share such as 10%, or the targets by name: one of the two',
  })
const waves = z.array(wave).min(2).max(10)

/** A day, or an instant with its zone. */
const reviewed = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'a day such as 2026-03-01' })
  .transform((said) => Date.parse(said))
const doc = z.strictObject({
  path: z.string().min(1).max(500),
  kind: z.enum(['runbook', 'rollback', 'guide']).default('guide'),
  reviewedAt: reviewed.describe('the day when somebody last read it through'),
})

/** How many instances are replaced at once. */
const batch = z
  .union([
    z.int().min(1).max(20),
    z
      .string()
      .regex(/^(100|[1-9]\d?)%$/, 'a number of instances, or 1% to 100% of them')
      .transform((said) => said as `${number}%`),
  ])
  .describe('instances replaced at once: a number, or a share such as 25%')

export const serviceManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Service'),
  metadata: z.strictObject({
    name,
    owner: name,
    tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
    description: text.default(''),
  }),
  spec: z.strictObject({
    dependsOn: z.array(name).max(100).default([]),
    source: z
      .strictObject({
        repository: address.optional(),
        branch: z.string().max(200).default('main'),
        directory: relative.default('.'),
        paths: z.array(relative).min(1).max(50).default(['**']),
      })
      .prefault({}),
    versioning: z
      .strictObject({
        scheme: z.literal('semver').default('semver'),
        tagPrefix: z
          .string()
          .regex(/^[a-zA-Z0-9._/-]{0,50}$/)
          .default('v'),
      })
      .prefault({}),
    template: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9-]+@\d+$/, 'like paved-road/node-service@1')
      .optional(),
    artifact: z.strictObject({ kind: z.literal('tarball') }).prefault({ kind: 'tarball' }),
    path: z.array(name).min(1).max(10),
    deploy: z.strictObject({
      target: z.literal('process').default('process'),
      run: z.strictObject({
        argv: z.array(z.string().min(1).max(1000)).min(1).max(100),
        health: httpPath,
        smoke: httpPath
          .optional()
          .describe('what the smoke test asks for, and 200 answers; left out, the health path'),
        env: z.record(environmentVariable, z.string().max(4000)).default({}),
      }),
      replicas: z.int().min(1).max(20).default(2),
      strategy: z.enum(['rolling', 'blue-green', 'canary']).optional(),
      rolling: z
        .strictObject({ batch })
        .optional()
        .describe('of a rolling update: it goes batch by batch'),
      waves: waves.optional().describe('of a rolling update in production: one after the other'),
      blueGreen: z
        .strictObject({ warm: warmth })
        .optional()
        .describe('of blue-green: how long the release before is kept running'),
    }),
    schema: z
      .strictObject({
        dialect: z.enum(['postgresql', 'mysql']),
        migrations: z
          .array(relative)
          .min(1)
          .max(20)
          .describe('globs of its migrations, from the top of the repository'),
      })
      .optional(),
    compatibility: z
      .strictObject({
        reads: byName(versionRange).describe('by name, the versions that it reads: >=1 <3'),
        writes: byName(spokenVersion).describe('by name, the version that it writes: 2'),
      })
      .optional(),
    runs: z
      .enum(['here', 'external'])
      .optional()
      .describe(
        'external: another CI executes its pipeline and reports, so pushes start none here',
      ),
    links: z.record(z.string().max(50), text).default({}),
    docs: z.array(doc).max(50).optional().describe('what is written of it, and when it was read'),
    zone: zone.optional().describe('where its owner works: business hours are reckoned there'),
    analysis: analysisManifest.optional().describe('where its rollouts are measured'),
  }),
})
export type ServiceManifest = z.infer<typeof serviceManifest>

export const environmentManifest = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Environment'),
  metadata: z.strictObject({ name, description: text.default('') }),
  spec: z.strictObject({
    kind: z.enum(['development', 'test', 'staging', 'production']),
    ports: z
      .strictObject({ from: z.int().min(1024).max(65_000), to: z.int().min(1024).max(65_535) })
      .refine(({ from, to }) => from <= to, { message: 'from is after to' }),
  }),
})
export type EnvironmentManifest = z.infer<typeof environmentManifest>

export type ServiceCommand = Asked & { readonly type: 'service.apply'; readonly spec: ServiceSpec }
export type EnvironmentCommand = Asked & {
  readonly type: 'environment.apply'
  readonly spec: EnvironmentSpec
}

/** The body of `POST /repositories/push`: what a push webhook boils down to. */
export const pushBody = z.strictObject({
  repository: address,
  branch: z.string().min(1).max(200),
})
export type RepositoryCommand =
  | (Asked & {
      readonly type: 'repository.notePush'
      readonly repository: string
      readonly branch: string
    })
  | (Asked & {
      readonly type: 'repository.recordPush'
      readonly repository: string
      readonly branch: string
      readonly before: string
      readonly after: string
      /** How many pushes had been noted when git was asked. */
      readonly notes: number
      readonly commits: readonly CommitFact[]
      readonly manifests: readonly { readonly path: string; readonly text: string }[]
    })
  | (Asked & {
      readonly type: 'repository.recordFailure'
      readonly repository: string
      readonly branch: string
      readonly notes: number
      readonly reason: string
      /** It is tried again by itself. */
      readonly again: boolean
    })

/** A manifest's service, with the repository it was found in when it names none. */
export function serviceSpec(manifest: ServiceManifest, foundIn?: string): ServiceSpec {
  const { metadata, spec } = manifest
  const { source, deploy, analysis: said, ...rest } = spec
  const analysis = analysisSource(said)
  const shadows = said?.shadows
  const { blueGreen, waves: inOrder, ...plain } = deploy
  return {
    ...metadata,
    ...rest,
    deploy: {
      ...plain,
      ...(blueGreen && { blueGreen: { warmMs: blueGreen.warm } }),
      ...(inOrder && { waves: inOrder.map(waveSpec) }),
    },
    source: { ...source, repository: source.repository ?? foundIn ?? '' },
    ...(analysis && { analysis }),
    ...(shadows && { shadows }),
  }
}

function waveSpec(said: z.infer<typeof wave>): WaveSpec {
  const { name: named, share: sharePercent, targets, bake: bakeMs } = said
  return {
    name: named,
    ...(sharePercent !== undefined && { sharePercent }),
    ...(targets && { targets }),
    ...(bakeMs !== undefined && { bakeMs }),
  }
}

export function environmentSpec({ metadata, spec }: EnvironmentManifest): EnvironmentSpec {
  return { ...metadata, ...spec }
}
