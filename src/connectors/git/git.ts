/**
 * Fills the catalog's port with the git binary and a folder of mirrors: any host that git can reach
 * works, with the credentials that git already has. README.md says what is kept and what is
 * refused.
 */
import { Transform, pipeline } from 'node:stream'
import { mkdir } from 'node:fs/promises'
import type { CommitFact } from '#catalog/events.ts'
import type { FileChange, Git } from '#catalog/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { nearest } from '#kernel/nearest.ts'
import { onDisk } from '../shared/disk-fault.ts'
import { checkPath, checkRef, checkSha, refused } from './arguments.ts'
import { LOG_ARGS, LogReader, NulSplitter } from './log.ts'
import { mergePaths } from './merge-paths.ts'
import { type Limits, Mirror } from './mirror.ts'
import { patchIds } from './patch-ids.ts'
import { GitProcess } from './process.ts'
import { pushTag } from './tag.ts'

const DISK = { noSpace: 'git.no-space', unusable: 'git.folder-unusable' } as const
/** The port's bounds: what describes a service is far smaller, and found far less often. */
const FILE_BYTES_MAX = 1024 * 1024
const FOUND_MAX = 500
/** Four times what any caller asks for today, and about 40 MB of ordinary commits. */
const COMMITS_MAX = 20_000
/** PATH_MAX of every system git runs on. */
const PATH_BYTES_MAX = 4096
/** The first clone of a repository of some gigabytes. */
const REMOTE_MS = 10 * 60_000
/** Reading the longest history takes seconds; beyond a minute the disk is in trouble. */
const LOCAL_MS = 60_000

export interface GitOptions {
  /** Where the mirrors are kept. */
  readonly folder: string
  /** PATH, HOME, proxies, SSH_AUTH_SOCK: what git and ssh need of the server's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** A git configuration file for credential helpers and the like. */
  readonly configFile?: string | undefined
  /** Below which folders of this machine a repository may lie; left out, any. */
  readonly local?: 'any' | readonly string[] | undefined
  readonly limits?: Partial<Limits> | undefined
}

/**
 * Throws Fault `git.folder-unusable` when the folder cannot be made. Beside what the port promises,
 * every call may throw `git.timeout`, `git.refused` for arguments that git must not see,
 * `git.unknown-commit` for a commit that is not in the repository, and `git.broken` when the mirror
 * is damaged.
 */
export async function openGit(options: GitOptions): Promise<Git> {
  const { folder, configFile } = options
  await onDisk(DISK, folder, () => mkdir(folder, { recursive: true }))
  const git = new GitProcess(options.environment)
  const limits = { remoteMs: REMOTE_MS, localMs: LOCAL_MS, ...options.limits }
  const { local = 'any' } = options
  const parts = { git, folder, limits, configFile, local }
  const mirror = (repository: string) => new Mirror({ ...parts, repository })
  const guarded = <T>(work: () => Promise<T>) => onDisk(DISK, folder, work)
  const read = <T>(repository: string, shas: readonly string[], work: Read<T>) =>
    guarded(() => reading(mirror(repository), shas, work))
  return {
    pull: (what) => guarded(() => pull(mirror(what.repository), what)),
    pullRequest: (repository, number, sha) =>
      guarded(() => mirror(repository).needOf(number, checkSha(sha))),
    file: (repository, sha, path) => read(repository, [sha], (here) => readFile(here, sha, path)),
    find: (repository, sha, name) => read(repository, [sha], (here) => findFiles(here, sha, name)),
    tags: (repository, sha, prefix) =>
      read(repository, [sha], (here) => listTags(here, sha, prefix)),
    range: (repository, from, to, limit) => {
      const ends = from === undefined ? [to] : [to, from]
      const range = from === undefined ? [to] : [to, `^${from}`]
      return read(repository, ends, (here) => commits(here, range, limit))
    },
    changes: (what) =>
      read(what.repository, what.from === undefined ? [what.to] : [what.to, what.from], (here) =>
        changes(here, what),
      ),
    isAncestor: (repository, a, b) => read(repository, [a, b], (here) => isAncestor(here, a, b)),
    mergePaths: (repository, shas) => read(repository, shas, (here) => mergePaths(here, shas)),
    patchIds: (repository, shas) => read(repository, shas, (here) => patchIds(here, shas)),
    tag: (what) =>
      guarded(async () => pushTag(await holding(mirror(what.repository), what.sha), what)),
    archive: (repository, sha) =>
      guarded(async () => archive(await holding(mirror(repository), sha), sha, limits.remoteMs)),
    lastChange: (repository, sha, path) =>
      read(repository, [sha], (here) => lastChange(here, sha, path)),
  }
}

type Read<T> = (mirror: Mirror) => Promise<T>

/** The mirror, once it has the commit. */
async function holding(mirror: Mirror, sha: string): Promise<Mirror> {
  await mirror.need(checkSha(sha))
  return mirror
}

/** Reads at once: whether the commits are here is asked only when git could not answer. */
async function reading<T>(mirror: Mirror, shas: readonly string[], read: Read<T>): Promise<T> {
  for (const sha of shas) checkSha(sha)
  try {
    return await read(mirror)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'git.broken') throw error
    for (const sha of shas) await mirror.need(sha)
    return read(mirror)
  }
}

async function pull(mirror: Mirror, what: Parameters<Git['pull']>[0]): ReturnType<Git['pull']> {
  const { branch, before, limit } = what
  const ref = checkRef('heads', branch)
  if (before !== '') checkSha(before)
  await mirror.fetch()
  const parsed = await mirror.try(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])
  if (parsed.code !== 0) throw await noBranch(mirror, branch)
  const head = checkSha(parsed.stdout.toString().trim())
  if (before === head) return { head, commits: [] }
  // After a force-push the old head is on no branch, and may never have been fetched.
  const known = before !== '' && (await mirror.has(before))
  const isBehind = known && (await isAncestor(mirror, before, head))
  const range = isBehind ? [head, `^${before}`] : [head]
  return { head, commits: await commits(mirror, range, limit) }
}

/** The newest commits of the range, oldest first: when there are more, the oldest are left out. */
async function commits(
  mirror: Mirror,
  range: readonly string[],
  limit: number,
): Promise<readonly CommitFact[]> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > COMMITS_MAX)
    throw refused(`${limit} commits cannot be read.`, `Ask for 1 to ${COMMITS_MAX} at once.`)
  const args = [...LOG_ARGS, `--max-count=${limit}`, ...range, '--']
  const reader = new LogReader()
  await stream(mirror, args, (chunk) => {
    reader.push(chunk)
    return true
  })
  return reader.end()
}

/** Streams what git prints until `take` has enough. A failure that comes before is thrown. */
async function stream(
  mirror: Mirror,
  args: readonly string[],
  take: (chunk: Buffer) => boolean,
): Promise<void> {
  const running = mirror.start(args)
  let enough = false
  try {
    for await (const chunk of running.stdout) {
      enough = !take(chunk)
      if (enough) break
    }
  } catch (error) {
    running.kill()
    await running.ended
    throw error
  }
  if (enough) running.kill()
  const { code, stderr } = await running.ended
  if (code !== 0 && !enough) throw mirror.broken(args, stderr)
}

async function isAncestor(mirror: Mirror, a: string, b: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', a, b]
  const { code, stderr } = await mirror.try(args)
  if (code > 1 || code < 0) throw mirror.broken(args, stderr)
  return code === 0
}

async function readFile(mirror: Mirror, sha: string, path: string): Promise<string | undefined> {
  const blob = await blobAt(mirror, sha, path)
  if (blob === undefined) return undefined
  if (blob.sizeBytes > FILE_BYTES_MAX)
    throw refused(
      `${path} has ${blob.sizeBytes} bytes; a file that is read has at most ${FILE_BYTES_MAX}.`,
      'Split the file, or keep data out of what describes the service.',
    )
  return (await mirror.ask(['cat-file', 'blob', blob.id])).toString()
}

/** The regular file at the path; a folder, a symbolic link or a submodule is none. */
async function blobAt(
  mirror: Mirror,
  sha: string,
  path: string,
): Promise<{ readonly id: string; readonly sizeBytes: number } | undefined> {
  const listed = (await mirror.ask(['ls-tree', '-z', '-l', sha, '--', checkPath(path)])).toString()
  const [, id, size] = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t/.exec(listed) ?? []
  return id === undefined ? undefined : { id, sizeBytes: Number(size) }
}

async function findFiles(mirror: Mirror, sha: string, name: string): Promise<readonly string[]> {
  if (checkPath(name).includes('/'))
    throw refused(`${name} is a path and no file name.`, 'Give the last part alone.')
  const found: string[] = []
  const splitter = new NulSplitter(PATH_BYTES_MAX)
  await stream(mirror, ['ls-tree', '-r', '-z', '--name-only', sha], (chunk) => {
    for (const field of splitter.push(chunk)) {
      const path = field.toString()
      if (path === name || path.endsWith(`/${name}`)) found.push(path)
    }
    return found.length < FOUND_MAX
  })
  return found.slice(0, FOUND_MAX)
}

/** With two trees git tells a status and a path in turns; with one, paths alone. */
async function changes(
  mirror: Mirror,
  { from, to, limit, wanted }: Parameters<Git['changes']>[0],
): ReturnType<Git['changes']> {
  const between = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from ?? '', to]
  const args = from === undefined ? ['ls-tree', '-r', '-z', '--name-only', to] : between
  const files: FileChange[] = []
  const splitter = new NulSplitter(PATH_BYTES_MAX)
  let status = from === undefined ? 'A' : ''
  await stream(mirror, args, (chunk) => {
    for (const field of splitter.push(chunk)) {
      const text = field.toString()
      if (status === '') {
        status = text
        continue
      }
      if (wanted(text)) files.push({ path: text, change: CHANGES.get(status) ?? 'changed' })
      if (from !== undefined) status = ''
    }
    return files.length <= limit
  })
  return { files: files.slice(0, limit), isCut: files.length > limit }
}

const CHANGES: ReadonlyMap<string, FileChange['change']> = new Map([
  ['A', 'new'],
  ['D', 'removed'],
])

async function listTags(mirror: Mirror, sha: string, prefix: string) {
  // An annotated tag has a commit inside (`*`), a plain one is a commit's name.
  const format = '%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)'
  const args = ['for-each-ref', `--merged=${sha}`, `--format=${format}`, 'refs/tags']
  const lines = (await mirror.ask(args)).toString().split('\n')
  const found: { readonly name: string; readonly sha: string }[] = []
  for (const line of lines) {
    const [ref = '', type, id = '', innerType, innerId = ''] = line.split('\0')
    const name = ref.slice('refs/tags/'.length)
    if (ref === '' || !name.startsWith(prefix)) continue
    if (type === 'commit') found.push({ name, sha: id })
    else if (innerType === 'commit') found.push({ name, sha: innerId })
  }
  return found
}

async function lastChange(mirror: Mirror, sha: string, path: string) {
  if ((await blobAt(mirror, sha, path)) === undefined) return undefined
  const args = ['log', '--max-count=1', '--format=%ct', sha, '--', path]
  const seconds = (await mirror.ask(args)).toString().trim()
  return seconds === '' ? undefined : Number(seconds) * 1000
}

function archive(mirror: Mirror, sha: string, timeoutMs: number): NodeJS.ReadableStream {
  const args = ['archive', '--format=tar', sha]
  const running = mirror.start(args, timeoutMs)
  // A tar that is cut looks whole to many readers, so the end waits for git to say that it is.
  const whole = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => {
      running.ended.then(
        ({ code, stderr }) => done(code === 0 ? null : mirror.broken(args, stderr)),
        (error: Error) => done(error),
      )
    },
  })
  running.ended.catch((error: Error) => whole.destroy(error))
  whole.once('close', () => running.kill())
  pipeline(running.stdout, whole, () => {})
  return whole
}

async function noBranch(mirror: Mirror, branch: string): Promise<Fault> {
  const args = ['for-each-ref', '--format=%(refname:lstrip=2)', '--count=1000', 'refs/heads']
  const branches = (await mirror.ask(args))
    .toString()
    .split('\n')
    .filter((name) => name !== '')
  const meant = nearest(branch, branches)
  const remedy =
    branches.length === 0
      ? 'The repository is empty: push a commit to it.'
      : `Check \`source.branch\`${meant === undefined ? '' : `; did you mean ${meant}?`}.`
  return new Fault('git.no-branch', `${mirror.repository} has no branch ${branch}.`, {
    remedy,
    retry: false,
  })
}
