/** The small words of the pipeline language: names, globs, durations, sizes, references. */
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import { parseSize } from '#kernel/size.ts'

/** What one value may be long; more is a file. */
export const TEXT_MAX = 4000
/** A job's line of shell; more is a script in the repository. */
export const SCRIPT_MAX = 20_000

export const jobName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'lower-case letters, digits and dashes, 40 at most',
  )
/** Of results, inputs, variables and axes: names that an expression can say after a dot. */
export const word = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,59}$/, 'letters, digits and _, beginning with a letter')
export const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'letters, digits and _, as of an environment variable')
export const text = z.string().max(TEXT_MAX)
export const scalar = z.union([text, z.number(), z.boolean()])

export const glob = z
  .string()
  .min(1)
  .max(500)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), {
    message: 'a path inside the service, without ..',
  })
export const globs = z.array(glob).max(200)
export const oneOrMore = z.union([glob, globs])

export const duration = z
  .string()
  .max(40)
  .refine((written) => (parseDuration(written) ?? 0) > 0, {
    message: 'a duration such as 90s or 15m',
  })
export const size = z
  .string()
  .max(40)
  .refine((written) => (parseSize(written) ?? 0) > 0, { message: 'a size such as 512Mi or 4Gi' })

/** `5s..2m`: the first wait and the longest; each is twice the one before. */
export const backoff = z
  .string()
  .max(80)
  .refine(
    (written) => {
      const [from = '', to = from, ...more] = written.split('..')
      const [fromMs, toMs] = [parseDuration(from), parseDuration(to)]
      return more.length === 0 && fromMs !== undefined && toMs !== undefined && fromMs <= toMs
    },
    { message: 'two durations such as 5s..2m, the shorter first' },
  )

/** Where a secret is, never what it is. */
export const secretReference = z
  .string()
  .max(500)
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/?[^\s:]+|[a-z][a-z0-9-]*:[^\s]+)$/,
    'where the secret is: env:NAME, file:path or vault:path#key',
  )

/** CEL, written plainly where only an expression can stand. */
export const condition = z.union([z.boolean(), text.min(1)])
