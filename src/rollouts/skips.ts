/**
 * Environments that one release passes by. Skipped is not passed: it takes an approval that names
 * what is skipped, whatever the row asks for otherwise; the environment before it must have
 * validated the release; and it stays to be seen as a gap wherever the release is shown.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { ApprovalRule, Skip } from './events.ts'

export type SkipRefusal = 'promotion.skip-not-before' | 'promotion.skip-not-named'

/** The environment whose validation counts; undefined when there is none left before it. */
export function environmentBefore(
  path: readonly string[],
  environment: string,
  skips: readonly Skip[],
): string | undefined {
  const skipped = new Set(skips.map((skip) => skip.environment))
  return path
    .slice(0, Math.max(0, path.indexOf(environment)))
    .findLast((each) => !skipped.has(each))
}

/** What does not lie before it cannot be passed by on the way to it. */
export function skipRefusal(
  path: readonly string[],
  environment: string,
  skips: readonly Skip[],
): Rejection<SkipRefusal> | undefined {
  const before = path.slice(0, Math.max(0, path.indexOf(environment)))
  const wrong = skips.find((skip) => !before.includes(skip.environment))
  if (wrong === undefined) return undefined
  const meant = nearest(wrong.environment, before) ?? before.at(-1)
  return reject(
    'promotion.skip-not-before',
    `${wrong.environment} does not come before ${environment} on its path.`,
    meant === undefined ? 'There is nothing to skip; promote it.' : `Did you mean ${meant}?`,
  )
}

/** Who says yes says which environments are passed by: no more and no less than the plan does. */
export function namingRefusal(
  planned: readonly Skip[],
  named: readonly string[],
): Rejection<SkipRefusal> | undefined {
  const names = planned.map(({ environment }) => environment).sort()
  if (names.join('\n') === [...new Set(named)].sort().join('\n')) return undefined
  const skipped = names.join(', ')
  return reject(
    'promotion.skip-not-named',
    names.length === 0 ? 'This promotion skips nothing.' : `This promotion skips ${skipped}.`,
    names.length === 0
      ? 'Approve it without --skip.'
      : `If that is what you approve, say so: ${names.map((name) => `--skip ${name}`).join(' ')}.`,
  )
}

/** At least one person says yes to a skip, also where the row asks nobody. */
export function withSkips<Rule extends Pick<ApprovalRule, 'count'>>(
  rule: Rule,
  skips: readonly Skip[],
): Rule {
  return skips.length === 0 ? rule : { ...rule, count: Math.max(1, rule.count) }
}
