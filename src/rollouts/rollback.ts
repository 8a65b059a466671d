/**
 * Where a rollback goes: to what was last validated here, is not what runs now, was not marked bad,
 * and works with what is applied to the database since. A rollback is not rolled back by itself:
 * two releases that replace each other in turns are worse than either, so the second time a person
 * names where to go.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import type { Deployed, DeploymentKind } from './events.ts'
import { type RollbackPath, rollbackPath, type RollbackWindow } from './rollback-window.ts'

export type RollbackRefusal =
  | 'rollback.nothing-deployed'
  | 'rollback.of-rollback'
  | 'rollback.no-target'
  | 'rollback.not-validated'
  | 'rollback.vetoed'
  | 'rollback.below-floor'

export interface RollbackFacts {
  readonly settled: Deployed | null
  /** How what runs now got there. */
  readonly settledBy: DeploymentKind
  /** Validated here, newest first, one a release. */
  readonly validated: readonly Candidate[]
  /** A release id or a version, when the person names one. */
  readonly to: string | undefined
  readonly window: RollbackWindow
  readonly now: number
  /** The person knows that it is below the floor, and wants it all the same. */
  readonly isForced: boolean
}

interface Candidate {
  readonly deployed: Deployed
  /** When it was validated last. */
  readonly at: number
  /** For this environment or all. */
  readonly isVetoed: boolean
  /** The rollback floor, when the release stands below it. */
  readonly below?: { readonly version: string; readonly why: string } | undefined
  /** Why it may not work there, where that is no reason not to go. */
  readonly doubt?: string | undefined
}

export interface RollbackWay extends RollbackPath {
  readonly to: Deployed
  readonly undoes: Deployed
  /** What there is to be said of it. */
  readonly caution?: string | undefined
}

export function rollbackTarget({
  settled,
  settledBy,
  validated,
  to,
  isForced,
  window,
  now,
}: RollbackFacts): RollbackWay | Rejection<RollbackRefusal> {
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
  const unvetoed = others.filter(({ isVetoed }) => !isVetoed)
  const target = named ?? unvetoed.find(({ below }) => below === undefined) ?? unvetoed[0]
  if (target === undefined)
    return reject(
      'rollback.no-target',
      'No other release was validated here.',
      'Promote a release that mends it, or stop the service.',
    )
  const { deployed, below, doubt, at } = target
  if (below !== undefined && !isForced) return belowFloor(deployed, below)
  const doubted = doubt === undefined ? undefined : 'its schema is in doubt'
  const caution = below ? `forced below the rollback floor, ${below.version}` : doubted
  const behind = others.indexOf(target) + 1
  const way = rollbackPath(window, { behind, ageMs: now - at })
  return { to: deployed, undoes: settled, caution, ...way }
}

function belowFloor(
  { version }: Deployed,
  floor: NonNullable<Candidate['below']>,
): Rejection<RollbackRefusal> {
  return reject(
    'rollback.below-floor',
    `${version} is below the rollback floor, ${floor.version}. ${floor.why}`,
    'Turn the feature off by its flag, promote a release that mends it, or restore by the ' +
      'runbook. An operator who knows better may force it: `--force` and a reason.',
  )
}
