/**
 * Which repositories on the server's own disk may be named. Whoever may write a manifest could
 * otherwise have the server read, and show, any repository that its user can read. What links say
 * is not known here: the git connector follows them and holds to the same folders.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import type { RepositoryCommand, ServiceCommand } from './commands.ts'

/** Folders, themselves or anything below; `any` where the operator is the only user. */
export type LocalRepositories = 'any' | readonly string[]

export type LocalRefusal = 'repository.local-refused'

/** What speaks against a command that names a repository; undefined when nothing does. */
export function refuseLocal(
  local: LocalRepositories,
  command: { readonly type: string },
): Rejection<LocalRefusal> | undefined {
  const address = addressIn(command)
  const folder = address === undefined ? undefined : folderOf(address)
  if (folder === undefined || local === 'any') return undefined
  if (local.some((root) => isWithin(folder, partsOf(root)))) return undefined
  return reject(
    'repository.local-refused',
    `${address} lies on the server's own disk, where this server reads no repository from.`,
    local.length === 0
      ? 'Give an https: or ssh: address, or have the operator allow a folder with ' +
          'SIGNALBOX_LOCAL_REPOSITORIES.'
      : `Give an https: or ssh: address, or one below ${local.join(' or ')}.`,
  )
}

function addressIn(command: { readonly type: string }): string | undefined {
  const known = command as ServiceCommand | Extract<RepositoryCommand, { repository: string }>
  switch (known.type) {
    case 'service.apply':
      return known.spec.source.repository
    case 'repository.notePush':
      return known.repository
    default:
      return undefined
  }
}

/** The folder's parts; undefined for an address elsewhere, and for what is no address at all. */
function folderOf(address: string): readonly string[] | undefined {
  if (address.startsWith('/')) return partsOf(address)
  const url = URL.canParse(address) ? new URL(address) : undefined
  // Parsing has followed `..`; what is still encoded then is followed here, as git will.
  return url?.protocol === 'file:' ? partsOf(decoded(url.pathname)) : undefined
}

function partsOf(path: string): readonly string[] {
  const parts: string[] = []
  for (const part of path.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  return parts
}

const isWithin = (folder: readonly string[], root: readonly string[]) =>
  root.every((part, i) => folder[i] === part)

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
