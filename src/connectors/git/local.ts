/**
 * Whether a repository on this machine's disk may be reached. Links are followed first, those of
 * the allowed folders too: a link inside one must not lead out of it.
 */
import { realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import { checkAddress, refused } from './arguments.ts'

/** Throws Fault `git.refused`. One that is not there is git's to speak of. */
export async function checkLocal(
  repository: string,
  local: 'any' | readonly string[],
): Promise<void> {
  const { folder } = checkAddress(repository)
  if (folder === undefined || local === 'any') return
  const real = await realpath(folder).catch(() => undefined)
  if (real === undefined) return
  for (const root of local) if (isWithin(real, await realpath(root).catch(() => root))) return
  throw refused(
    `${repository} lies on the server's own disk, where it reads no repository from.`,
    'Give an https: or ssh: address, or allow its folder with SIGNALBOX_LOCAL_REPOSITORIES.',
  )
}

const isWithin = (path: string, root: string) => !/^\.\.(\/|$)/.test(relative(root, path))
