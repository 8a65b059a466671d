/**
 * Whether a delivery comes from who it says: one table of how each tool signs, and one function
 * that checks. Bytes are verified as they came, before anything reads them; comparing takes the
 * same time whatever differs; and several secrets are valid at once, so that one can be replaced
 * without losing a delivery.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export type Headers = Readonly<Record<string, string | undefined>>

export type SignatureProblem = 'unsigned' | 'forged' | 'stale'

/** How far a signed instant may lie from ours: what Slack and Standard Webhooks agree on. */
export const TOLERANCE_MS = 5 * 60_000
/** Several signatures stand in one header while a tool rotates its own key; more are an attack. */
const SIGNATURES_MAX = 10

/** A secret stands in a header as it is, perhaps behind a word such as `Bearer`. */
interface Token {
  readonly kind: 'token'
  readonly header: string
  readonly prefix: string
}

interface Hmac {
  readonly kind: 'hmac'
  readonly header: string
  readonly algorithm: 'sha256' | 'sha1' | 'sha512'
  readonly encoding: 'hex' | 'base64'
  /** The signatures in the header; one of them must be right. */
  signatures(header: string): readonly string[]
  /** What is signed before the body; undefined: an instant or id that must be there is not. */
  before?(headers: Headers): string | undefined
  /** Seconds since 1970, when the instant is signed too. */
  signedAt?(headers: Headers): string | undefined
  key?(secret: string): Buffer | string
}

export type Scheme = Token | Hmac

const after = (prefix: string) => (header: string) =>
  listed(header, ',').flatMap((one) => (one.startsWith(prefix) ? [one.slice(prefix.length)] : []))

const listed = (header: string, separator: string) =>
  header
    .split(separator)
    .slice(0, SIGNATURES_MAX)
    .map((one) => one.trim())

const hmac = (header: string, prefix: string, more: Partial<Hmac> = {}): Hmac => ({
  kind: 'hmac',
  header,
  algorithm: 'sha256',
  encoding: 'hex',
  signatures: after(prefix),
  ...more,
})

const BUILDKITE = 'x-buildkite-signature'
const buildkiteTime = (headers: Headers) =>
  /(?:^|[, ])timestamp=(\d+)/.exec(headers[BUILDKITE] ?? '')?.[1]

export const SCHEMES = {
  github: hmac('x-hub-signature-256', 'sha256='),
  /** Jira and Bitbucket name the algorithm in front, as GitHub once did. */
  atlassian: hmac('x-hub-signature', 'sha256='),
  'gitlab-token': { kind: 'token', header: 'x-gitlab-token', prefix: '' },
  /** https://www.standardwebhooks.com, which GitLab's signing tokens follow too. */
  standard: hmac('webhook-signature', '', {
    encoding: 'base64',
    signatures: (header) =>
      listed(header, ' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : [])),
    before(headers) {
      const { 'webhook-id': id, 'webhook-timestamp': at } = headers
      return id === undefined || at === undefined ? undefined : `${id}.${at}.`
    },
    signedAt: (headers) => headers['webhook-timestamp'],
    key: (secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'),
  }),
  slack: hmac('x-slack-signature', 'v0=', {
    before: ({ 'x-slack-request-timestamp': at }) => (at === undefined ? undefined : `v0:${at}:`),
    signedAt: (headers) => headers['x-slack-request-timestamp'],
  }),
  pagerduty: hmac('x-pagerduty-signature', 'v1='),
  circleci: hmac('circleci-signature', 'v1='),
  buildkite: hmac(BUILDKITE, 'signature=', {
    before(headers) {
      const at = buildkiteTime(headers)
      return at === undefined ? undefined : `${at}.`
    },
    signedAt: buildkiteTime,
  }),
  sonar: hmac('x-sonar-webhook-hmac-sha256', ''),
  nexus: hmac('x-nexus-webhook-signature', '', { algorithm: 'sha1' }),
  launchdarkly: hmac('x-ld-signature', ''),
  bearer: { kind: 'token', header: 'authorization', prefix: 'Bearer ' },
} as const satisfies Readonly<Record<string, Scheme>>

export type SchemeName = keyof typeof SCHEMES

/** A tool that nobody wrote a row for. */
export function genericHmac(said: {
  readonly header: string
  readonly prefix: string
  readonly algorithm: Hmac['algorithm']
  readonly encoding: Hmac['encoding']
}): Scheme {
  const { prefix, ...facts } = said
  return { ...facts, kind: 'hmac', signatures: after(prefix) }
}

export interface Signed {
  readonly headers: Headers
  /** As it came, byte by byte. */
  readonly body: Uint8Array
}

/** Undefined: it is genuine. No secret makes nothing genuine. */
export function signatureProblem(
  scheme: Scheme,
  secrets: readonly string[],
  { headers, body }: Signed,
  now: number,
): SignatureProblem | undefined {
  const said = headers[scheme.header]
  if (said === undefined || said === '') return 'unsigned'
  const usable = secrets.filter((secret) => secret !== '')
  if (scheme.kind === 'token') {
    if (!said.startsWith(scheme.prefix)) return 'unsigned'
    const given = said.slice(scheme.prefix.length)
    return some(usable, (secret) => isSame(given, secret)) ? undefined : 'forged'
  }
  const before = scheme.before === undefined ? '' : scheme.before(headers)
  const candidates = scheme.signatures(said)
  if (before === undefined || candidates.length === 0) return 'unsigned'
  const isGenuine = some(usable, (secret) => {
    const key = scheme.key?.(secret) ?? secret
    const mac = createHmac(scheme.algorithm, key).update(before).update(body)
    const right = mac.digest(scheme.encoding)
    return some(candidates, (each) => isSame(each, right))
  })
  if (!isGenuine) return 'forged'
  return scheme.signedAt === undefined || isRecent(scheme.signedAt(headers), now)
    ? undefined
    : 'stale'
}

/** Each is tried, also after one that fits: how long it takes tells nothing. */
function some<T>(all: readonly T[], fits: (one: T) => boolean): boolean {
  let found = false
  for (const one of all) found = fits(one) || found
  return found
}

function isRecent(seconds: string | undefined, now: number): boolean {
  if (seconds === undefined || !/^\d{1,12}$/.test(seconds)) return false
  return Math.abs(now - 1000 * Number(seconds)) <= TOLERANCE_MS
}

/** Of their digests, which have one length: a shorter guess must not be told sooner. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
