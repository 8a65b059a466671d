/**
 * What may be handed to git as an argument. Branches, tags, paths and addresses are other people's
 * text; whatever could be read as an option, another protocol, a range or a glob is refused here,
 * so that the rest of the connector need not think of it.
 */
import { Fault } from '#kernel/fault.ts'

const SHA = /^[0-9a-f]{40}$/
/** Longer names exist nowhere; a bound keeps file names and messages whole. */
const NAME_LENGTH_MAX = 200
const ADDRESS_LENGTH_MAX = 1000
/** PATH_MAX of every system git runs on. */
const PATH_LENGTH_MAX = 4096
/** Ends a string early, breaks a line, or moves a terminal's cursor. */
const CONTROL = /\p{Cc}/u
/** What git-check-ref-format refuses, and a leading dash besides. */
const BAD_REF = /^[-/.]|[ ~^:?*[\\]|\.\.|\/[/.]|@\{|^@$|(?:\.lock|[/.])$|\.lock\//
const PROTOCOLS = ['file:', 'https:', 'ssh:']

export function checkSha(sha: string): string {
  if (!SHA.test(sha)) throw refused(`${shown(sha)} is no commit.`, 'Give all 40 digits of it.')
  return sha
}

/** `refs/heads/<branch>` or `refs/tags/<tag>`. */
export function checkRef(kind: 'heads' | 'tags', name: string): string {
  const bad =
    name === '' || name.length > NAME_LENGTH_MAX || CONTROL.test(name) || BAD_REF.test(name)
  if (bad)
    throw refused(
      `${shown(name)} cannot name a ${kind === 'heads' ? 'branch' : 'tag'}.`,
      'Use letters, digits, dots, dashes and slashes; begin with a letter or digit.',
    )
  return `refs/${kind}/${name}`
}

/** A path inside the tree, as git writes it: no leading slash, no `.` or `..`. */
export function checkPath(path: string): string {
  const parts = path.split('/')
  const bad = path.length > PATH_LENGTH_MAX || CONTROL.test(path)
  if (bad || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw refused(
      `${shown(path)} is no path inside a repository.`,
      'Write it from the top of the repository, such as `services/payments/signalbox.yaml`.',
    )
  return path
}

/**
 * A clone address: an absolute path, `file:`, `https:` or `ssh:`. Gives the folder when it is on
 * this machine. An address is kept in events and shown to people, so it may carry no secret.
 */
export function checkAddress(repository: string): { readonly folder: string | undefined } {
  if (repository.length > ADDRESS_LENGTH_MAX || CONTROL.test(repository))
    throw noAddress(repository)
  if (repository.startsWith('/')) return { folder: repository }
  const url = URL.canParse(repository) ? new URL(repository) : undefined
  if (url === undefined || !PROTOCOLS.includes(url.protocol)) throw noAddress(repository)
  if (url.password !== '' || (url.protocol === 'https:' && url.username !== ''))
    throw refused(
      'The clone address carries a password or token.',
      'Take it out of the address and let a credential helper of git supply it.',
    )
  if (url.protocol === 'file:') {
    const folder = decoded(url.pathname)
    if (url.host !== '' || !repository.startsWith('file:///') || folder === undefined)
      throw noAddress(repository)
    return { folder }
  }
  // Host and path become arguments of ssh and of the git there.
  const target = [url.hostname, url.username, url.pathname.slice(1)]
  if (url.hostname === '' || target.some((part) => part.startsWith('-')))
    throw noAddress(repository)
  return { folder: undefined }
}

export function refused(message: string, remedy: string, cause?: unknown): Fault {
  return new Fault('git.refused', message, { remedy, retry: false, cause })
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

const noAddress = (repository: string) =>
  refused(
    `${shown(repository)} is no clone address.`,
    'Give an absolute path, or an address that begins with file:///, https:// or ssh://.',
  )

const shown = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
