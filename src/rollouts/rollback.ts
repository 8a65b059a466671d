/**
 * Where a rollback goes: to what was last validated here, is not what runs now, and was not marked
 * bad. A rollback is not rolled back by itself: two releases that replace each other in turns are
 * worse than either, so the second time a person names where to go.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import type { Deployed, DeploymentKind } from './events.ts'

export type RollbackRefusal =
  | 'rollback.nothing-deployed'
  | 'rollback.of-rollback'
  | 'rollback.no-target'
  | 'rollback.not-validated'
  | 'rollback.vetoed'

export interface RollbackFacts {
  readonly settled: Deployed | null
  /** How what runs now got there. */
  readonly settledBy: DeploymentKind
  /** Validated here, newest first, one a release; `isVetoed` for this environment or all. */
  readonly validated: readonly { readonly deployed: Deployed; readonly isVetoed: boolean }[]
  /** A release id or a version, when the person names one. */
  readonly to: string | undefined
}

export function rollbackTarget({
  settled,
  settledBy,
  validated,
  to,
}: RollbackFacts):
  | { readonly to: Deployed; readonly undoes: Deployed }
  | Rejection<RollbackRefusal> {
  if (settled === null)
    return reject(
      'rollback.nothing-deployed',
      'Nothing is deployed here that could be rolled back.',
      'Promote a release instead.',
    )
  if (to === undefined && settledBy === 'rollback')
    return reject(
      'rollback.of-rollback',
      `${settled.version} was itself put here by a rollback.`,
      'Name the release to go to, or promote one that mends it.',
    )
  const others = validated.filter(({ deployed }) => deployed.release !== settled.release)
  const named = others.find(({ deployed }) => deployed.release === to || deployed.version === to)
  if (to !== undefined && named === undefined)
    return reject(
      'rollback.not-validated',
      `${to} was never validated here, or is what runs now.`,
      others.length === 0
        ? 'There is no other release to go back to; promote one instead.'
        : `Choose one of ${others.map(({ deployed }) => deployed.version).join(', ')}.`,
    )
  if (named?.isVetoed)
    return reject(
      'rollback.vetoed',
      `${named.deployed.version} is vetoed here.`,
      'Choose another release, or lift the veto with a reason.',
    )
  const target = named ?? others.find(({ isVetoed }) => !isVetoed)
  if (target === undefined)
    return reject(
      'rollback.no-target',
      'No other release was validated here.',
      'Promote a release that mends it, or stop the service.',
    )
  return { to: target.deployed, undoes: settled }
}
