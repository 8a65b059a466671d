/**
 * Pushes an annotated tag. The repository is asked before and after, because it alone knows: a tag
 * that is there on the same commit is what was wanted, on another commit it is somebody's release.
 */
import { Fault } from '#kernel/fault.ts'
import { checkRef, refused } from './arguments.ts'
import type { Mirror } from './mirror.ts'

const MESSAGE_LENGTH_MAX = 64 * 1024
/** Who made the tag; who wanted the release stands in its message and in the audit log. */
const TAGGER = 'Signalbox <signalbox@localhost>'

export interface TagWish {
  readonly sha: string
  readonly name: string
  readonly message: string
}

/** Throws Fault `git.tag-taken`, `git.refused` when the repository does not take it. */
export async function pushTag(mirror: Mirror, { sha, name, message }: TagWish): Promise<void> {
  const ref = checkRef('tags', name)
  if (message.length > MESSAGE_LENGTH_MAX || message.includes('\0'))
    throw refused(
      'The message of the tag is too long or holds a NUL.',
      `Keep it below ${MESSAGE_LENGTH_MAX} characters of text.`,
    )
  if (await isTaken(mirror, ref, sha)) return
  const id = await makeTag(mirror, { sha, name, message })
  const pushed = await mirror.remote([
    'push',
    '--quiet',
    '--porcelain',
    '--',
    mirror.repository,
    `${id}:${ref}`,
  ])
  if (pushed.code !== 0) {
    // Somebody may have been faster, with the same wish or with another.
    if (await isTaken(mirror, ref, sha)) return
    throw notTaken(mirror, name, pushed)
  }
  await mirror.name(ref, id)
}

/** Whether the repository has the tag on this commit; on another it is Fault `git.tag-taken`. */
async function isTaken(mirror: Mirror, ref: string, sha: string): Promise<boolean> {
  const asked = await mirror.remote(['ls-remote', '--', mirror.repository, ref, `${ref}^{}`])
  if (asked.code !== 0) throw mirror.unreachable(asked)
  const ids = new Map<string, string>()
  for (const line of asked.stdout.toString().split('\n')) {
    const [id = '', found = ''] = line.split('\t')
    ids.set(found, id)
  }
  const commit = ids.get(`${ref}^{}`) ?? ids.get(ref)
  if (commit === undefined || commit === sha) return commit === sha
  const name = ref.slice('refs/tags/'.length)
  throw new Fault('git.tag-taken', `The tag ${name} is already on ${commit}, not on ${sha}.`, {
    remedy: 'Release another version; a tag that others may have fetched is not moved.',
    retry: false,
  })
}

/** The object alone: no name in the mirror says what the repository has not accepted. */
async function makeTag(mirror: Mirror, { sha, name, message }: TagWish): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  const head = `object ${sha}\ntype commit\ntag ${name}\ntagger ${TAGGER} ${seconds} +0000\n`
  const made = await mirror.ask(['mktag'], `${head}\n${message.trimEnd()}\n`)
  return made.toString().trim()
}

function notTaken(
  mirror: Mirror,
  name: string,
  pushed: { readonly stdout: Buffer; readonly stderr: string },
): Fault {
  // In its porcelain form git marks what the other side refused, and why.
  const [, why] = /^!\t[^\t]*\t(.*)$/m.exec(pushed.stdout.toString()) ?? []
  if (why === undefined) return mirror.unreachable(pushed)
  return refused(
    `${mirror.repository} does not take the tag ${name}: ${why.slice(0, 300)}`,
    'Allow this server to push tags there, or release without tagging.',
  )
}
