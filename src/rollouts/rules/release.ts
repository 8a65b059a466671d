/** Rules about the release itself: where it has been, and whether it may go there at all. */
import { met, operators, refused, type Rule, waiting } from './finding.ts'

export const path: Rule = (facts) => {
  const { service, environment, isOnPath, ownerTeam } = facts
  if (isOnPath) return [met(facts, 'path.on', `${environment} is on the path of ${service}.`)]
  return [
    refused(facts, 'path.off', `${environment} is not on the promotion path of ${service}.`, {
      remedy: `Add ${environment} to spec.path of ${service}.`,
      who: [ownerTeam],
    }),
  ]
}

/**
 * Nothing enters an environment that was not validated, as this very release, in the one before.
 */
export const upstream: Rule = (facts) => {
  const { upstream: before, release } = facts
  if (before === null)
    return [met(facts, 'upstream.none', 'It is the first environment of the path.')]
  const { environment } = before
  if (before.isVetoed)
    return [
      refused(facts, 'upstream.vetoed', `${release.version} is vetoed in ${environment}.`, {
        remedy: 'Promote a release that mends it, or lift the veto with a reason.',
        who: operators(facts),
      }),
    ]
  if (!before.isValidated)
    return [
      waiting(facts, 'upstream.not-validated', `It is not validated in ${environment} yet.`, {
        remedy: `Promote ${release.version} into ${environment} first.`,
      }),
    ]
  if (before.isRolledBack)
    return [
      waiting(facts, 'upstream.rolled-back', `${release.version} was undone in ${environment}.`, {
        remedy: `Promote a release that mends it, or resume the slot in ${environment}.`,
        who: operators(facts),
      }),
    ]
  return [met(facts, 'upstream.validated', `${release.version} is validated in ${environment}.`)]
}

/** It takes an approval, which the rule about people asks for; here the gap is shown. */
export const skips: Rule = (facts) =>
  facts.skips.map(({ environment, reason }) =>
    met(facts, 'upstream.skipped', `Gap: ${environment} is skipped, not passed. ${reason}`),
  )

export const veto: Rule = (facts) => {
  const { release, environment, isVetoed } = facts
  if (!isVetoed) return [met(facts, 'release.not-vetoed', `${release.version} is not vetoed.`)]
  return [
    refused(facts, 'release.vetoed', `${release.version} is vetoed for ${environment}.`, {
      remedy: 'Promote a release that mends it, or lift the veto with a reason.',
      who: operators(facts),
    }),
  ]
}

/** Going back is a rollback, with rules of its own; a promotion only ever goes forward. */
export const order: Rule = (facts) => {
  const { release, environment } = facts
  const { deployed } = facts.slot
  if (deployed?.release === release.release)
    return [met(facts, 'release.again', `${release.version} runs in ${environment} already.`)]
  if (deployed !== null && deployed.createdAt > release.createdAt)
    return [
      refused(facts, 'release.older', `${environment} has the newer ${deployed.version}.`, {
        remedy: `Roll back to ${release.version} instead, if that is what you want.`,
        who: operators(facts),
      }),
    ]
  return [met(facts, 'release.newer', `It is newer than what runs in ${environment}.`)]
}
