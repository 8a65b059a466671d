/**
 * The connections that other tools deliver by, as the operator's file has them. A connection is an
 * address (/hooks/<name>), a secret by reference, and how what comes is to be read. Several secrets
 * are valid at once, so that one can be replaced without losing a delivery.
 */
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { secretAt, secretReference } from './secret-references.ts'
import { readOperatorFile } from './operator-file.ts'

const BYTES_MAX = 256 * 1024
const SECRETS_MAX = 5

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/)
const secrets = z
  .union([secretReference, z.array(secretReference).min(1).max(SECRETS_MAX)])
  .transform((said) => [said].flat())
const globs = z.array(z.string().min(1).max(200)).max(50)
const address = z
  .url({ protocol: /^https?$/, error: 'an address such as https://gitlab.example' })
  .refine((url) => URL.canParse(url) && new URL(url).username === '', {
    message: 'an address without a user: give token instead',
  })

const reading = {
  services: z.record(z.string().max(300), z.string().min(1).max(60)).optional(),
  production: globs.optional(),
  incidentLabels: globs.optional(),
  supportLabels: globs.optional().describe('labels of tickets about releasing itself'),
}
/** Asked by REST for what came before the hook was set up, or while it did not arrive. */
const backfill = (url: string) =>
  z
    .strictObject({
      url: address.default(url),
      token: secretReference.optional(),
      repositories: z.array(z.string().min(3).max(300)).min(1).max(500),
    })
    .optional()

const header = z.string().regex(/^[a-z0-9-]{1,100}$/, 'a header in lower case')

export const connectionsFile = z.record(
  name,
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('github'),
      secret: secrets,
      backfill: backfill('https://api.github.com'),
      ...reading,
    }),
    z.strictObject({
      kind: z.literal('gitlab'),
      secret: secrets.describe('the secret token, or a signing token that begins with whsec_'),
      backfill: backfill('https://gitlab.com'),
      ...reading,
    }),
    z.strictObject({ kind: z.literal('pagerduty'), secret: secrets, ...reading }),
    z.strictObject({
      kind: z.literal('cdevents'),
      secret: secrets,
      signature: z.enum(['standard', 'bearer']).default('standard'),
      ...reading,
    }),
    z.strictObject({
      kind: z.literal('generic').describe('verified and counted, whatever it tells'),
      secret: secrets,
      signature: z.union([
        z.enum([
          'standard',
          'bearer',
          'atlassian',
          'slack',
          'circleci',
          'buildkite',
          'sonar',
          'nexus',
          'launchdarkly',
        ]),
        z.strictObject({
          header,
          prefix: z.string().max(40).default(''),
          algorithm: z.enum(['sha256', 'sha1', 'sha512']).default('sha256'),
          encoding: z.enum(['hex', 'base64']).default('hex'),
        }),
      ]),
      delivery: header.optional().describe('the header that names a delivery'),
      event: header.optional().describe('the header that says what it tells'),
    }),
    z.strictObject({
      kind: z.literal('cdevents-out').describe('told what happens here, as CDEvents'),
      url: address.refine((url) => url.length <= 2_000, 'an address of at most 2,000 letters'),
      token: secretReference.optional().describe('sent as a bearer token'),
      secret: secrets.optional().describe('signs by Standard Webhooks'),
      source: z
        .string()
        .regex(/^[!-~]{1,500}$/, 'a URI reference')
        .optional()
        .describe('the source of all events; left out: the public address'),
      timeout: z.int().min(1).max(30).default(10).describe('in seconds'),
    }),
  ]),
)
export type AnyConnection = z.infer<typeof connectionsFile>[string]
export type Outward = Extract<AnyConnection, { kind: 'cdevents-out' }>
/** One that delivers to us. */
export type Connection = Exclude<AnyConnection, Outward>
export type Connections = Readonly<Record<string, AnyConnection>>

export function connectionsOf(file: string | undefined): Connections {
  if (file === undefined) return {}
  return readOperatorFile(file, { schema: connectionsFile, bytesMax: BYTES_MAX, unusable })
}

function unusable(message: string): Fault {
  return new Fault('config.connections', message, {
    remedy: 'Mend the file that SIGNALBOX_CONNECTIONS names; see docs/guides/connect-github.md.',
    retry: false,
  })
}

/** Those that stand now; one that is gone is left out, as long as another is there. */
export function secretsOf(
  references: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const found = references.flatMap((each) => secretAt(each, environment) ?? [])
  if (found.length > 0) return found
  throw new Fault(
    'connection.no-secret',
    'Nothing stands where the secret of a connection points.',
    {
      remedy: 'Set it, or mend the reference in the file that SIGNALBOX_CONNECTIONS names.',
    },
  )
}

/** Undefined: what anybody may read is asked for. */
export function tokenOf(
  connection: Connection,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const token = 'backfill' in connection ? connection.backfill?.token : undefined
  return token === undefined ? undefined : secretsOf([token], environment)[0]
}
