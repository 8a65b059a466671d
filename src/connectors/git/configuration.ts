/**
 * How git is set up: one file in the mirror, which always counts, and one that counts only when git
 * reaches a repository. Nothing else does, neither the machine's configuration nor a person's.
 */
import { realpath } from 'node:fs/promises'

/**
 * Commits that a force-push left without a branch are still what some artifact was built from, so
 * nothing is ever pruned. Tidying up happens while we wait, not in a process left behind.
 */
export const MIRROR_CONFIG = `[core]
	repositoryFormatVersion = 0
	bare = true
	hooksPath = /dev/null
[gc]
	pruneExpire = never
	autoDetach = false
[maintenance]
	autoDetach = false
[fetch]
	writeCommitGraph = true
[http]
	lowSpeedLimit = 1
	lowSpeedTime = 60
`

/** An archive is the tree as it was committed, not as .gitattributes would have it exported. */
export const ATTRIBUTES = '* -export-ignore -export-subst\n'

/**
 * git refuses repositories that belong to another user unless told otherwise. The operator named
 * this one, and nothing in it is run, so exactly this one is allowed. The operator's own file comes
 * last: it may say otherwise.
 */
export async function remoteConfig(
  folder: string | undefined,
  configFile: string | undefined,
): Promise<string> {
  const lines = ['[core]', '\tsshCommand = ssh -oBatchMode=yes']
  if (folder !== undefined) lines.push('[safe]')
  for (const trusted of folder === undefined ? [] : await foldersOf(folder))
    lines.push(`\tdirectory = ${quoted(trusted)}`)
  if (configFile !== undefined) lines.push('[include]', `\tpath = ${quoted(configFile)}`)
  return `${lines.join('\n')}\n`
}

/** What git may call the folder: that differs by version, by links, and by kind of repository. */
async function foldersOf(folder: string): Promise<readonly string[]> {
  const real = await realpath(folder).catch(() => folder)
  const ends = ['', '/.git', '.git']
  return [...new Set([folder, real].flatMap((base) => ends.map((end) => `${base}${end}`)))]
}

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
