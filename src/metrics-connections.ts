/**
 * The connections that services may be measured by, as the operator's file has them. Addresses and
 * keys stand here and nowhere else: a manifest names a connection, and cannot send a key anywhere.
 * Keys are references, read at each use, so that who changes one restarts nothing.
 */
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { secretAt, secretReference as secret } from './secret-references.ts'
import { readOperatorFile } from './operator-file.ts'

const BYTES_MAX = 64 * 1024

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/)
const address = z
  .url({ protocol: /^https?$/, error: 'an address such as https://prometheus.example' })
  .refine((url) => URL.canParse(url) && new URL(url).username === '', {
    message: 'an address without a user: give basic instead',
  })
const timeout = z.int().min(1).max(60).optional().describe('seconds')

export const connectionsFile = z.record(
  name.refine((said) => said !== 'router', { message: 'router is taken' }),
  z.discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('prometheus'),
        url: address,
        token: secret.optional(),
        basic: z.strictObject({ user: z.string().min(1).max(200), password: secret }).optional(),
        replicaLabels: z.array(z.string().max(100)).max(10).default(['prometheus_replica']),
        timeout,
      })
      .refine(({ token, basic }) => token === undefined || basic === undefined, {
        message: 'a token or basic, not both',
      }),
    z.strictObject({
      kind: z.literal('datadog'),
      site: address.default('https://api.datadoghq.com'),
      apiKey: secret,
      appKey: secret,
      timeout,
    }),
  ]),
)
export type Connection = z.infer<typeof connectionsFile>[string]

export function readConnections(file: string | undefined): Readonly<Record<string, Connection>> {
  if (file === undefined) return {}
  return readOperatorFile(file, { schema: connectionsFile, bytesMax: BYTES_MAX, unusable })
}

function unusable(message: string): Fault {
  return new Fault('config.metrics', message, {
    remedy: 'Mend the file that SIGNALBOX_METRICS names; see docs/guides/metrics-sources.md.',
    retry: false,
  })
}

/** What a reference stands for. Neither it nor its value is ever told. */
export function secretOf(
  reference: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const value = secretAt(reference, environment)
  if (value !== undefined) return value
  throw new Fault('metrics.no-secret', `Nothing stands where ${reference} points.`, {
    remedy: 'Set it, or mend the reference in the file or the variable that names it.',
  })
}
