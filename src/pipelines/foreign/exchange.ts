/**
 * A token of another CI's issuer is exchanged once for one of ours, which is good for reporting on
 * one service at one commit, for a quarter of an hour. The secret is made by the job and only its
 * hash is sent: a repeated question has the same answer, and whoever saw the issuer's token after
 * it was used has nothing of it.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { Claim, ExchangeEvent, IdClaims, Vouched } from '../events/foreign.ts'
import { isSameRepository } from './repository.ts'

/** Long enough to send reports of tests over a slow line. */
export const EXCHANGE_MS = 15 * 60_000

export interface ExchangeCommand {
  readonly type: 'exchange.grant'
  readonly at: number
  readonly by: string
  readonly hash: string
  readonly claims: IdClaims
  readonly service: {
    readonly name: string
    readonly source: { readonly repository: string; readonly branch: string }
  }
}

export type ExchangeRefusal =
  | 'exchange.replayed'
  | 'exchange.other-repository'
  | 'exchange.other-ref'

export interface ExchangeState {
  readonly hash?: string
}

type Answer = readonly ExchangeEvent[] | Rejection<ExchangeRefusal>

export const exchange: Decider<ExchangeState, ExchangeCommand, ExchangeEvent, ExchangeRefusal> = {
  initial: {},
  decide(command, state): Answer {
    if (state.hash !== undefined) return again(command, state.hash)
    const { at, by, hash, claims, service } = command
    const { repository, branch } = service.source
    if (!isSameRepository(claims.repository, repository))
      return reject(
        'exchange.other-repository',
        `The token speaks for ${claims.repository}, and ${service.name} is built from another one.`,
        'Name the service of that repository, or correct its spec.source.repository.',
      )
    const place = placeOf(claims, branch)
    if (place === undefined)
      return reject(
        'exchange.other-ref',
        `The token speaks for ${claims.ref}; ${service.name} follows ${branch}.`,
        `Report from ${branch} or from a pull request into it.`,
      )
    const expiresAt = at + EXCHANGE_MS
    const granted = { at, by, hash, expiresAt, service: service.name, ...place }
    return [{ type: 'exchange.granted', ...granted, ...vouchedBy(claims) }]
  },
  evolve: (_, { hash }) => ({ hash }),
}

export const exchanges = { kind: 'exchange', decider: exchange } as const

function again({ hash }: ExchangeCommand, known: string): Answer {
  if (hash === known) return []
  return reject(
    'exchange.replayed',
    'This token was exchanged before, for another secret.',
    'Ask the CI system for a new one. If this job asked once only, somebody else has its token.',
  )
}

function placeOf(
  { ref, pullRequest }: IdClaims,
  branch: string,
): Pick<Vouched, 'branch' | 'pullRequest'> | undefined {
  if (pullRequest !== undefined)
    return pullRequest.base === branch || pullRequest.base === ''
      ? {
          branch: `pull/${pullRequest.number}`,
          pullRequest: { number: pullRequest.number, base: branch },
        }
      : undefined
  return ref === `refs/heads/${branch}` ? { branch } : undefined
}

function vouchedBy(claims: IdClaims): Pick<Vouched, 'sha' | 'origin' | 'execution'> {
  const { system, issuer, run, attempt, url, builder, sha, execution } = claims
  const commit: readonly Claim[] = sha === undefined ? [] : ['commit']
  const vouched: readonly Claim[] = ['repository', 'ref', ...commit, 'run']
  const origin = { system, issuer, run, builder, vouched }
  return {
    ...(sha !== undefined && { sha }),
    origin: { ...origin, ...(attempt !== undefined && { attempt }), ...(url && { url }) },
    execution,
  }
}
