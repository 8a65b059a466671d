/** The timestamp authorities that the operator names, and whose certificates are believed. */
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { timestampAuthority } from '#connectors/timestamp/client.ts'
import { certificatesIn } from '#evidence/log/timestamp-trust.ts'
import type { Timestamping } from '#evidence/ports/timestamps.ts'
import { parseDuration } from '#kernel/duration.ts'
import { Fault } from '#kernel/fault.ts'
import { readOperatorFile } from './operator-file.ts'

const BYTES_MAX = 64 * 1024
const CERTIFICATES_BYTES_MAX = 256 * 1024
/** Oftener than this costs an authority more than it tells. */
const EVERY_MS_MIN = 60_000

const file = z.strictObject({
  every: z
    .string()
    .refine((said) => (parseDuration(said) ?? 0) >= EVERY_MS_MIN, {
      message: 'a duration of a minute or more, such as 24h',
    })
    .default('24h'),
  authorities: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'a short name such as ours'),
        url: z.url({ protocol: /^https?$/, error: 'an address such as https://tsa.example/tsr' }),
        certificates: z.string().startsWith('/', 'the whole path of a file of certificates (PEM)'),
      }),
    )
    .min(1)
    .max(4)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      message: 'each name once',
    }),
})

export function readAuthorities(path: string | undefined): Timestamping {
  if (path === undefined) return { authorities: [], everyMs: EVERY_MS_MIN }
  const read = readOperatorFile(path, { schema: file, bytesMax: BYTES_MAX, unusable })
  return {
    everyMs: parseDuration(read.every) ?? EVERY_MS_MIN,
    authorities: read.authorities.map(({ name, url, certificates }) =>
      timestampAuthority({ name, url, certificates: pemIn(certificates) }),
    ),
  }
}

function pemIn(path: string): string {
  let pem: string
  try {
    if (statSync(path).size > CERTIFICATES_BYTES_MAX) throw new Error('it is too large')
    pem = readFileSync(path, 'utf8')
  } catch (error) {
    throw unusable(`${path}: ${error instanceof Error ? error.message : String(error)}.`)
  }
  if (certificatesIn(pem) === undefined) throw unusable(`${path} holds no certificate as PEM.`)
  return pem
}

const unusable = (message: string) =>
  new Fault('config.timestamps', message, {
    remedy: 'Mend the file that SIGNALBOX_AUDIT_TIMESTAMPS names; see docs/guides/audit.md.',
    retry: false,
  })
