/**
 * Tokens of CI systems, by OpenID Connect: believed when an issuer that the operator named signed
 * them, for us, now, with an algorithm that was allowed beforehand. Nothing in a token chooses how
 * it is checked.
 */
import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { type Rejection, reject } from '#kernel/decider.ts'
import { Fault } from '#kernel/fault.ts'
import type { IdTokenRefusal, IdTokens } from '#pipelines/ports.ts'
import { said } from './convert.ts'
import { away, type Bounds, keysOf } from './keys.ts'
import type { Issuer } from './types.ts'

/** Those of GitHub have about 2 kB. */
const TOKEN_LENGTH_MAX = 16_384
/** Clocks of issuers are kept well; ours may be a little off. */
const SKEW_S = 60

type Refused = Rejection<IdTokenRefusal>

export function idTokens(
  issuers: readonly Issuer[],
  now: () => number,
  bounds: Bounds = {},
): IdTokens {
  const keys = new Map(issuers.map((issuer) => [issuer.name, keysOf(issuer, bounds)]))
  return {
    async verify(token) {
      const read = unverified(token)
      if ('rejected' in read) return read
      const issuer = issuerOf(issuers, read)
      const key = issuer && keys.get(issuer.name)
      if (issuer === undefined || key === undefined) return unknown(read.iss, issuers)
      if (!issuer.algorithms.includes(read.alg)) return wrongAlgorithm(issuer, read.alg)
      const claims = await verified(token, issuer, key, now())
      if ('rejected' in claims) return claims
      const facts = said(issuer, claims)
      if ('rejected' in facts) return facts
      const { name, kind } = issuer
      const { jti } = claims as { jti?: unknown }
      // Where there is no name, the token is its own.
      const one = typeof jti === 'string' && jti !== '' ? jti : token
      const id = createHash('sha256').update(`${issuer.issuer}\n${one}`).digest('hex')
      return { id, issuer: name, system: kind, ...facts }
    },
  }
}

interface Unverified {
  readonly alg: string
  readonly iss: string
  readonly organization: unknown
}

function unverified(token: string): Unverified | Refused {
  try {
    if (token.length > TOKEN_LENGTH_MAX) throw new Error('too long')
    const { alg = '' } = decodeProtectedHeader(token)
    const { iss = '', organization_slug: organization } = decodeJwt(token)
    return { alg, iss, organization }
  } catch {
    return reject(
      'exchange.malformed',
      'This is no token that an issuer signed.',
      'Send the OpenID Connect token that the CI system gives its jobs, unchanged.',
    )
  }
}

/** Several organisations of one issuer are several of ours; which one is checked once more. */
function issuerOf(issuers: readonly Issuer[], { iss, organization }: Unverified) {
  const named = issuers.filter(({ issuer }) => issuer === iss)
  return named.find((each) => each.organization === organization) ?? named[0]
}

function unknown(iss: string, issuers: readonly Issuer[]): Refused {
  const known = issuers.map(({ issuer }) => issuer).join(', ')
  return reject(
    'exchange.unknown-issuer',
    `Nobody here believes ${iss.slice(0, 200) || 'a token without iss'}.`,
    known === ''
      ? 'Have the operator name it in the file of SIGNALBOX_CI_ISSUERS.'
      : `Believed are ${known}: see the file of SIGNALBOX_CI_ISSUERS.`,
  )
}

const wrongAlgorithm = ({ name, algorithms }: Issuer, alg: string): Refused =>
  reject(
    'exchange.wrong-algorithm',
    `Tokens of ${name} are not signed with ${alg.slice(0, 40) || 'nothing'}.`,
    `Allowed are ${algorithms.join(', ')}: see algorithms in the file of SIGNALBOX_CI_ISSUERS.`,
  )

async function verified(
  token: string,
  issuer: Issuer,
  key: JWTVerifyGetKey,
  now: number,
): Promise<object | Refused> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      clockTolerance: SKEW_S,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'iat', 'aud'],
      maxTokenAge: '24h',
    })
    return payload
  } catch (error) {
    return distrust(issuer, error)
  }
}

function distrust(issuer: Issuer, error: unknown): Refused {
  if (error instanceof Fault) throw error
  if (error instanceof errors.JWTExpired)
    return reject(
      'exchange.expired',
      `The token of ${issuer.name} has ended.`,
      'Ask the CI system for a new one, and report at once.',
    )
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefused(issuer, error.claim)
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return reject(
      'exchange.unknown-key',
      `${issuer.name} publishes no key that signed this.`,
      'If it has just changed its keys, ask again in half a minute.',
    )
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return reject(
      'exchange.bad-signature',
      `${issuer.name} did not sign this.`,
      'Send the token unchanged. If it is, somebody else made it.',
    )
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid)
    throw away(issuer, error.message, error)
  if (error instanceof errors.JOSEError && !(error.code === 'ERR_JOSE_GENERIC'))
    return reject(
      'exchange.malformed',
      `The token of ${issuer.name} cannot be read.`,
      'Send the OpenID Connect token that the CI system gives its jobs, unchanged.',
    )
  throw away(issuer, error instanceof Error ? error.message : String(error), error)
}

function claimRefused({ name, audience }: Issuer, claim: string): Refused {
  if (claim === 'aud')
    return reject(
      'exchange.other-audience',
      `The token of ${name} is meant for somebody else.`,
      `Have the CI system sign it for ${audience}.`,
    )
  if (claim === 'nbf' || claim === 'iat')
    return reject(
      'exchange.not-yet',
      `The token of ${name} is of the future, or of another day.`,
      'Compare the clocks of this server and of the issuer.',
    )
  return reject(
    'exchange.claims-missing',
    `A token of ${name} must say ${claim}.`,
    'Send the OpenID Connect token that the CI system gives its jobs.',
  )
}
