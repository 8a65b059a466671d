/** Rules about the release itself: where it has been, and whether it may go there at all. */
import type { PromotionFacts } from './facts.ts'
import { type Finding, met, operators, refused, type Rule, waiting } from './finding.ts'

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
      refused(
        facts,
        'upstream.vetoed',
        `${release.version} is vetoed in ${environment}${told(before)}`,
        {
          remedy: 'Promote a release that mends it, or lift the veto with a reason.',
          who: operators(facts),
        },
      ),
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

/** Its bytes cannot be had any more, or will not be soon. */
export const bytes: Rule = (facts) => {
  const { pruned, release } = facts
  if (pruned === undefined) return []
  const { version } = release
  return pruned.isRemoved
    ? [
        refused(facts, 'artifact.pruned', `What ${version} was made of was pruned, and is gone.`, {
          remedy: 'Run the pipeline of its commit again, or promote a newer release.',
        }),
      ]
    : [
        waiting(facts, 'artifact.pruned', `What ${version} was made of has just been pruned.`, {
          remedy: 'Wait: because this promotion needs it, it is spared within ten minutes.',
        }),
      ]
}

/** What is marked bad has nothing to wait for: why its promotion ends; undefined: it is not. */
export function vetoOf(facts: PromotionFacts): string | undefined {
  const { release, environment, upstream: before } = facts
  if (facts.isVetoed) return `${release.version} is vetoed for ${environment}${told(facts)}`
  return before?.isVetoed
    ? `${release.version} is vetoed in ${before.environment}${told(before)}`
    : undefined
}

/** Who marked it and why, as far as that is known. */
const told = ({ veto: story }: { readonly veto?: string | undefined }) =>
  story === undefined ? '.' : ` ${story}`

export const veto: Rule = (facts) => {
  const { release, environment, isVetoed } = facts
  if (!isVetoed) return [met(facts, 'release.not-vetoed', `${release.version} is not vetoed.`)]
  return [
    refused(
      facts,
      'release.vetoed',
      `${release.version} is vetoed for ${environment}${told(facts)}`,
      {
        remedy: 'Promote a release that mends it, or lift the veto with a reason.',
        who: operators(facts),
      },
    ),
  ]
}

/**
 * Going back is a rollback, with rules of its own; a promotion goes forward, along what descends
 * from what, but for a rollback that is out of its window. Where neither of two lines contains the
 * other, a person says which one goes on; automation follows the later one alone.
 */
export const order: Rule = (facts) => {
  const { release, environment, slot } = facts
  const { deployed, relation } = slot
  if (facts.back !== undefined) return back(facts, facts.back)
  if (deployed === null || relation === null || relation === 'newer')
    return [met(facts, 'release.newer', `It is newer than what runs in ${environment}.`)]
  const there = deployed.version
  if (relation === 'same')
    return [met(facts, 'release.again', `${release.version} runs in ${environment} already.`)]
  if (relation === 'older')
    return [
      refused(facts, 'release.older', `${environment} has the newer ${there}.`, {
        remedy: `Roll back to ${release.version} instead, if that is what you want.`,
        who: operators(facts),
      }),
    ]
  const apart = `${release.version} is on another line than ${there}, and lacks what that has.`
  if (facts.origin === 'person' || release.createdAt > deployed.createdAt)
    return [met(facts, 'release.apart', apart)]
  return [
    waiting(facts, 'release.apart', apart, {
      remedy: 'Promote it yourself, if that line is to go on.',
      who: operators(facts),
    }),
  ]
}

/** What mended production must not be lost with the next release. */
export const carriedBack: Rule = (facts) => {
  const { release, slot, environment } = facts
  const { deployed, relation, isHotfix } = slot
  if (deployed === null || !isHotfix) return []
  const { version } = deployed
  if (relation !== 'apart')
    return [met(facts, 'hotfix.carried-back', `The hotfix ${version} is part of it.`)]
  const lacks = `${release.version} lacks the hotfix ${version} that runs in ${environment}.`
  return [
    waiting(facts, 'hotfix.not-carried-back', lacks, {
      remedy: `Merge ${version} into the branch that is released, and promote what comes of it.`,
      who: [facts.ownerTeam],
    }),
  ]
}

function back(
  facts: PromotionFacts,
  { isStillThere, below }: NonNullable<PromotionFacts['back']>,
): readonly Finding[] {
  const { release, environment } = facts
  if (below !== undefined) {
    const why = `${release.version} is below the rollback floor, ${below.version}. ${below.why}`
    const remedy = 'Promote a release that mends it, or restore by the runbook.'
    return [refused(facts, 'release.below-floor', why, { remedy, who: operators(facts) })]
  }
  if (isStillThere || facts.slot.deployed?.release === release.release)
    return [met(facts, 'release.back', `It goes back to what was validated in ${environment}.`)]
  return [
    refused(facts, 'release.back-late', 'What it was to take back is not there any more.', {
      remedy: 'Look at what runs there now, and roll that back if it has to be.',
      who: operators(facts),
    }),
  ]
}
