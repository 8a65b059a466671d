/** Whether something that happened begins a run of a pipeline. */
import { globMatcher } from '#kernel/glob.ts'
import type { PipelineSpec } from './manifest.ts'

/** Without `on` a pipeline runs on every push to the branch of its service, and by hand. */
export function startsOnPush(
  { on }: PipelineSpec,
  push: { readonly branch: string; readonly paths: readonly string[] | 'unknown' },
): boolean {
  if (on === undefined) return true
  if (on.push === undefined) return false
  if (!onBranch(on.push.branches, push.branch)) return false
  if (on.push.paths === undefined || push.paths === 'unknown') return true
  return push.paths.some(globMatcher(on.push.paths))
}

export function startsOnPullRequest({ on }: PipelineSpec, base: string): boolean {
  return on?.pullRequest !== undefined && onBranch(on.pullRequest.branches, base)
}

export const startsByHand = ({ on }: PipelineSpec): boolean =>
  on === undefined || on.manual !== undefined

function onBranch(patterns: readonly string[] | undefined, branch: string): boolean {
  if (patterns === undefined) return true
  const matches = (pattern: string) => matchesBranch(pattern, branch)
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'))
  const unwanted = patterns.flatMap((pattern) =>
    pattern.startsWith('!') ? [pattern.slice(1)] : [],
  )
  return (wanted.length === 0 || wanted.some(matches)) && !unwanted.some(matches)
}

/** A branch is one name, whatever slashes it has: `release` is not all of `release/*`. */
function matchesBranch(pattern: string, branch: string): boolean {
  if (!/[*?{]/.test(pattern)) return pattern === branch
  const parts = (text: string) => text.split('/').length
  const isAsDeep = pattern.includes('**') || parts(pattern) === parts(branch)
  return isAsDeep && globMatcher([pattern])(branch)
}
