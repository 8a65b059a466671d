/** Where the audit log's files lie: the bucket that the operator names, or a folder. */
import { z } from 'zod'
import { type Bucket, logBucket } from '#connectors/log-bucket/log-bucket.ts'
import type { LogStore } from '#evidence/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { readOperatorFile } from './operator-file.ts'
import { secretAt, secretReference as secret } from './secret-references.ts'

const BYTES_MAX = 16 * 1024

const file = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/, error: 'an address such as https://s3.example.com' }),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('us-east-1'),
  prefix: z
    .string()
    .regex(/^([a-z0-9][a-z0-9.-]*\/)+$/, 'small letters, digits, dots, and a slash at the end')
    .optional()
    .describe('Below it everything lies.'),
  style: z.enum(['path', 'host']).default('path'),
  accessKeyId: secret,
  secretAccessKey: secret,
  sessionToken: secret.optional(),
})

type Environment = Readonly<Record<string, string | undefined>>

export function readBucket(path: string, environment: Environment): Bucket {
  const read = readOperatorFile(path, { schema: file, bytesMax: BYTES_MAX, unusable })
  const { accessKeyId, secretAccessKey, sessionToken, prefix = '', ...of } = read
  const at = (reference: string) => {
    const value = secretAt(reference, environment)
    if (value !== undefined) return value
    throw new Fault('audit.bucket-no-secret', `Nothing stands where ${reference} points.`, {
      remedy: 'Set it, or mend the reference in the file that SIGNALBOX_AUDIT_BUCKET names.',
    })
  }
  const key = () => ({
    id: at(accessKeyId),
    secret: at(secretAccessKey),
    ...(sessionToken !== undefined && { session: at(sessionToken) }),
  })
  return { ...of, prefix, key }
}

export const bucketStore = (path: string, environment: Environment): LogStore =>
  logBucket(readBucket(path, environment), () => Date.now())

const unusable = (message: string) =>
  new Fault('config.bucket', message, {
    remedy: 'Mend the file that SIGNALBOX_AUDIT_BUCKET names; see docs/guides/audit.md.',
    retry: false,
  })
