/**
 * Which issuers may vouch for runs of other CI systems, as the operator's file has them. Whoever is
 * named here can report on every service whose repository its tokens speak for: so it is no part of
 * any manifest.
 */
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { isLoopback } from '#kernel/loopback.ts'
import { readOperatorFile } from './operator-file.ts'

const BYTES_MAX = 64 * 1024
const REPOSITORIES_MAX = 5_000

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/)
const address = z
  .url({ protocol: /^https?$/, error: 'an address such as https://gitlab.example' })
  .max(1_000)
  .refine((url) => URL.canParse(url) && isSafe(new URL(url)), { message: 'an address by https' })
/** Of two keys: none that both sides hold, and never none at all. */
const algorithm = z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])
const repositories = z
  .record(z.string().min(1).max(500), z.string().min(1).max(1_000))
  .refine((said) => Object.keys(said).length <= REPOSITORIES_MAX, {
    message: `${REPOSITORIES_MAX} at most`,
  })
  .default({})
const all = {
  audience: z.string().min(1).max(500),
  jwks: address.optional(),
  algorithms: z.array(algorithm).min(1).default(['RS256']),
  repositories,
}
const organization = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/)

export const issuersFile = z.record(
  name,
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('github'),
      issuer: address.default('https://token.actions.githubusercontent.com'),
      ...all,
    }),
    z.strictObject({
      kind: z.literal('gitlab'),
      issuer: address.default('https://gitlab.com'),
      ...all,
    }),
    z.strictObject({
      kind: z.literal('circleci'),
      organization: organization.describe('the id of the organisation, which its issuer is of'),
      issuer: address.optional(),
      ...all,
    }),
    z.strictObject({
      kind: z.literal('buildkite'),
      organization: organization.describe('the slug of the organisation'),
      issuer: address.default('https://agent.buildkite.com'),
      ...all,
    }),
  ]),
)

export function readIssuers(file: string | undefined) {
  if (file === undefined) return []
  const read = readOperatorFile(file, { schema: issuersFile, bytesMax: BYTES_MAX, unusable })
  return Object.entries(read).map(([each, said]) => {
    if (said.kind !== 'circleci') return { name: each, ...said }
    const { organization: org, issuer = `https://oidc.circleci.com/org/${org}`, ...rest } = said
    return { name: each, ...rest, issuer }
  })
}

/** Keys that came over a line that anybody may write on are nobody's keys. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || isLoopback(hostname)

function unusable(message: string): Fault {
  return new Fault('config.ci-issuers', message, {
    remedy: 'Mend the file that SIGNALBOX_CI_ISSUERS names; see docs/guides/report-from-ci.md.',
    retry: false,
  })
}
