/** What a record may say. Bounded field by field: it comes from a machine that nobody here runs. */
import { z } from 'zod'
import { checkName } from './commands.ts'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a digest, sha256:…')
const name = z.string().min(1).max(100)

export const envelope = z.strictObject({
  payloadType: z.string().max(200),
  payload: z.string().max(32_768),
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(200), sig: z.string().max(200) }))
    .length(1),
})

const check = z
  .strictObject({
    kind: z.literal('check'),
    service: name,
    artifact: digest.optional(),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/, 'a whole commit, 40 characters')
      .optional(),
    check: checkName,
    outcome: z.enum(['succeeded', 'failed']),
    job: name,
    tests: z
      .strictObject({ passed: z.int().min(0).max(1e7), failed: z.int().min(0).max(1e7) })
      .optional(),
    link: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .optional(),
  })
  .refine(({ artifact, commit }) => (artifact === undefined) !== (commit === undefined), {
    message: 'one of artifact and commit',
  })

const unanswered = z.strictObject({
  kind: z.literal('unanswered'),
  service: name,
  environment: name,
  release: name.optional(),
  policy: z.string().min(1).max(200),
  answeredAt: z.int().min(0),
})

export const signedRecord = z.strictObject({
  format: z.literal(1),
  recorder: digest,
  number: z.int().min(1).max(1e9),
  previous: digest.nullable(),
  recordedAt: z.int().min(0),
  what: z.discriminatedUnion('kind', [check, unanswered]),
})
