/**
 * What a merge changes beyond bringing its parents together: git merges them again and compares.
 * Of a clean merge that is nothing; of one with conflicts it is how they were resolved, and what
 * somebody slipped in.
 */
import { checkSha, refused } from './arguments.ts'
import type { Mirror } from './mirror.ts'

/** The port's bound: merges in what a release brings. */
const MERGES_MAX = 500
const ARGS = [
  'log',
  '--no-walk=unsorted',
  '--stdin',
  '--diff-merges=remerge',
  '--name-only',
  '-z',
  '--no-renames',
  '--no-ext-diff',
  '--no-color',
  '--format=%x00%H',
]
const NAME = /^[0-9a-f]{40}$/

export async function mergePaths(
  mirror: Mirror,
  shas: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (shas.length > MERGES_MAX)
    throw refused(`${shas.length} merges are too many.`, `Ask for ${MERGES_MAX} at once.`)
  for (const sha of shas) checkSha(sha)
  if (shas.length === 0) return new Map()
  const printed = (await mirror.ask(ARGS, `${shas.join('\n')}\n`)).toString()
  const found = new Map<string, string[]>()
  let paths: string[] | undefined
  let wasEmpty = false
  // An empty field announces a commit; a path is never empty, and never alone behind one.
  for (const field of printed.split('\0')) {
    if (wasEmpty && NAME.test(field)) found.set(field, (paths = []))
    else if (field !== '') paths?.push(field.replace(/^\n/, ''))
    wasEmpty = field === ''
  }
  return found
}
