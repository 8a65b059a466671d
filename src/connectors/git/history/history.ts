/**
 * A repository's whole history, for figures of a project that nobody has connected: any folder or
 * address that git can read. A folder is read where it is; of an address a clone without contents
 * is made beside, and removed again.
 */
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { globMatcher } from '#kernel/glob.ts'
import { repositoryName } from '#kernel/repository-name.ts'
import { checkAddress, refused } from '../arguments.ts'
import { patchIds } from '../patch-ids.ts'
import { GitProcess } from '../process.ts'
import { beside, type Graph, type Tag } from './arrivals.ts'
import { type HistoryCommit, historyArgs, HistoryReader } from './record.ts'

/** The first clone of a repository of some gigabytes. */
const REMOTE_MS = 30 * 60_000
const LOCAL_MS = 30 * 60_000
const TAGS_MAX = 100_000
/** What is compared by its patch: more than this is a fork and no release branch. */
const PATCHES_MAX = 20_000
const TAGS_SHOWN = 5

export interface HistoryAsk {
  /** A folder, or an address: https, ssh, file, or git@host:path. */
  readonly where: string
  /** Globs of tag names; with `!` in front, those that are none. */
  readonly tags: readonly string[]
  readonly branch?: string | undefined
  readonly withPaths: boolean
  /** Undefined: where no content has to be fetched for it. */
  readonly withPatches: boolean | undefined
  /** PATH, HOME and the like. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where a clone is made. */
  readonly temporary: string
}

export interface History {
  readonly repository: string
  readonly graph: Graph
  readonly patchIds: ReadonlyMap<string, string>
  readonly isShallow: boolean
  /** Tags that match and name no commit. */
  readonly tagsOther: number
}

/**
 * Throws Fault `git.no-repository`, `git.no-tags`, `git.no-branch`, `git.unreachable`,
 * `git.refused` or `git.timeout`.
 */
export async function readHistory(ask: HistoryAsk): Promise<History> {
  const git = new GitProcess(ask.environment)
  const address = addressOf(ask.where)
  if (address === undefined) return read(await folderOf(git, ask.where), ask)
  const clone = await mkdtemp(join(ask.temporary, 'signalbox-git-'))
  try {
    await cloneInto(git, { clone, address, ask })
    return await read(new Repository(git, clone), ask, repositoryName(address))
  } finally {
    await rm(clone, { recursive: true, force: true })
  }
}

/** Undefined: it is a folder. */
function addressOf(where: string): string | undefined {
  const scp = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)([^\s].*)$/.exec(where)
  if (scp !== null && !where.startsWith('/') && !where.startsWith('.')) {
    const [, user, host = '', path = ''] = scp
    const who = user === undefined ? '' : `${user}@`
    const address = `ssh://${who}${host}/${path.replace(/^\//, '')}`
    checkAddress(address)
    return address
  }
  if (!where.includes('://')) return undefined
  checkAddress(where)
  return where
}

async function cloneInto(
  git: GitProcess,
  { clone, address, ask }: { clone: string; address: string; ask: HistoryAsk },
): Promise<void> {
  // Contents are needed only to compare patches; names of files are in the trees.
  const filter = ask.withPatches === true ? [] : ['--filter=blob:none']
  const { HOME: home } = ask.environment
  const own = home === undefined ? undefined : join(home, '.gitconfig')
  const hasOwn = own !== undefined && (await stat(own).catch(() => undefined)) !== undefined
  const { folder } = checkAddress(address)
  const trusted = folder === undefined ? [] : ['-c', `safe.directory=${folder}`]
  const { code, stderr } = await git.run({
    args: [...trusted, 'clone', '--quiet', '--bare', ...filter, '--', address, clone],
    timeoutMs: REMOTE_MS,
    // The person's own: credentials and proxies.
    ...(hasOwn && { config: own }),
  })
  if (code === 0) return
  throw new Fault('git.unreachable', `${address} cannot be reached: ${lastLine(stderr)}`, {
    remedy: 'Check the address, and that you may read it without being asked.',
  })
}

async function folderOf(git: GitProcess, where: string): Promise<Repository> {
  const real = await realpath(where).catch(() => undefined)
  const here = real === undefined ? undefined : new Repository(git, real)
  const asked = await here?.try(['rev-parse', '--absolute-git-dir'])
  if (here !== undefined && asked?.code === 0) return here
  throw new Fault('git.no-repository', `${where} is no git repository.`, {
    remedy: 'Name its folder, or an address that git can clone.',
    retry: false,
  })
}

class Repository {
  readonly path: string
  readonly #git: GitProcess

  constructor(git: GitProcess, path: string) {
    this.#git = git
    this.path = path
  }

  /** Nothing of it is run: no hooks, no signatures, no monitors. */
  #call(args: readonly string[]) {
    const settings = ['safe.directory=*', 'core.fsmonitor=false', 'core.hooksPath=/dev/null']
    const config = settings.flatMap((each) => ['-c', each])
    return { args: ['-C', this.path, ...config, ...args], timeoutMs: LOCAL_MS }
  }

  try(args: readonly string[], input = '') {
    return this.#git.run({ ...this.#call(args), input })
  }

  async ask(args: readonly string[], input = ''): Promise<Buffer> {
    const { code, stdout, stderr } = await this.try(args, input)
    if (code === 0) return stdout
    throw this.broken(args, stderr)
  }

  start(args: readonly string[], input: string) {
    return this.#git.start({ ...this.#call(args), input })
  }

  broken(args: readonly string[], stderr: string): Fault {
    return new Fault('git.broken', `git ${args[0]} failed on ${this.path}: ${lastLine(stderr)}`, {
      remedy: 'See whether git fsck finds something; a fresh clone mends most.',
    })
  }
}

async function read(here: Repository, ask: HistoryAsk, name?: string): Promise<History> {
  const isShallow =
    (await here.ask(['rev-parse', '--is-shallow-repository'])).toString().trim() === 'true'
  const { tags, other } = await tagsOf(here, ask.tags)
  const { branch, head } = await defaultBranch(here, ask.branch)
  const commits = await commitsOf(here, [head, ...tags.map(({ sha }) => sha)], ask.withPaths)
  const known = new Map(commits.map((each) => [each.sha, each]))
  const dated = tags
    .map((tag) => ({ ...tag, at: tag.at || (known.get(tag.sha)?.committedAt ?? 0) }))
    .filter(({ at }) => at > 0)
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
  const graph = { commits: known, branch, head, tags: dated }
  return {
    repository: name ?? (await nameOf(here)),
    graph,
    patchIds: (ask.withPatches ?? (await isWhole(here))) ? await patchesOf(here, graph) : new Map(),
    isShallow,
    tagsOther: other + tags.length - dated.length,
  }
}

/** Of a clone without contents each patch would be fetched, one after the other. */
async function isWhole(here: Repository): Promise<boolean> {
  const { stdout } = await here.try(['config', '--get-regexp', '^remote\\..*\\.promisor$'])
  return !stdout.toString().includes('true')
}

async function nameOf(here: Repository): Promise<string> {
  const { code, stdout } = await here.try(['config', '--get', 'remote.origin.url'])
  const origin = code === 0 ? stdout.toString().trim() : ''
  return repositoryName(origin === '' ? here.path : origin)
}

const TAG_FIELDS = [
  '%(refname:strip=2)',
  '%(objecttype)',
  '%(objectname)',
  '%(*objecttype)',
  '%(*objectname)',
  '%(taggerdate:unix)',
]

async function tagsOf(here: Repository, globs: readonly string[]) {
  const isWanted = globMatcher(globs)
  const format = `--format=${TAG_FIELDS.join('%00')}`
  const lines = (await here.ask(['for-each-ref', format, 'refs/tags'])).toString().split('\n')
  const all = lines.filter((line) => line !== '').map((line) => line.split('\0'))
  const tags: Tag[] = []
  let other = 0
  for (const [name = '', type, id = '', innerType, innerId = '', tagged = ''] of all) {
    if (!isWanted(name)) continue
    const sha = type === 'commit' ? id : innerType === 'commit' ? innerId : undefined
    if (sha === undefined) other++
    else tags.push({ name, sha, at: 1000 * (Number(tagged) || 0) })
  }
  if (tags.length > TAGS_MAX)
    throw refused(`${tags.length} tags match.`, `Narrow --tags to ${TAGS_MAX} at most.`)
  if (tags.length > 0) return { tags, other }
  const shown = all.slice(-TAGS_SHOWN).map(([name = '']) => name)
  throw new Fault('git.no-tags', `No tag matches ${globs.join(' ')}.`, {
    remedy:
      shown.length === 0
        ? 'The repository has no tags: fetch them (git fetch --tags), or import deployments.'
        : `There are ${all.length}, such as ${shown.join(', ')}: give others with --tags.`,
    retry: false,
  })
}

/** The one that is asked for, the one its origin calls so, or what is checked out. */
async function defaultBranch(here: Repository, wanted: string | undefined) {
  const candidates =
    wanted === undefined
      ? ['refs/remotes/origin/HEAD', 'HEAD']
      : [`refs/heads/${wanted}`, `refs/remotes/origin/${wanted}`]
  for (const ref of candidates) {
    const parsed = await here.try(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])
    if (parsed.code !== 0) continue
    const named = await here.try(['rev-parse', '--abbrev-ref', ref])
    const said = named.stdout
      .toString()
      .trim()
      .replace(/^origin\//, '')
    return { branch: wanted ?? (said || 'HEAD'), head: parsed.stdout.toString().trim() }
  }
  throw new Fault('git.no-branch', `The repository has no branch ${wanted ?? 'with commits'}.`, {
    remedy: 'Name one that it has with --branch.',
    retry: false,
  })
}

async function commitsOf(
  here: Repository,
  tips: readonly string[],
  withPaths: boolean,
): Promise<readonly HistoryCommit[]> {
  const args = [...historyArgs(withPaths), '--stdin']
  const reader = new HistoryReader(withPaths)
  const running = here.start(args, `${[...new Set(tips)].join('\n')}\n`)
  try {
    for await (const chunk of running.stdout) reader.push(chunk as Buffer)
  } catch (error) {
    running.kill()
    await running.ended
    throw error
  }
  const { code, stderr } = await running.ended
  if (code !== 0) throw here.broken(args, stderr)
  return reader.end()
}

/**
 * Patches of commits beside the default branch, and of those on it with the same first line: a
 * cherry-pick keeps it nearly always, and to compare all would take minutes.
 */
async function patchesOf(here: Repository, graph: Graph): Promise<ReadonlyMap<string, string>> {
  const others = beside(graph).filter(({ parents }) => parents.length === 1)
  if (others.length === 0 || others.length > PATCHES_MAX) return new Map()
  if (graph.head.length !== SHA1_LENGTH) return new Map()
  const subjects = new Set(others.map(subjectOf))
  const shas = [...graph.commits.values()]
    .filter((each) => each.parents.length === 1 && subjects.has(subjectOf(each)))
    .slice(0, PATCHES_MAX)
    .map(({ sha }) => sha)
  const found = new Map<string, string>()
  for (let from = 0; from < shas.length; from += PATCHES_AT_ONCE)
    for (const [sha, { does }] of await patchIds(here, shas.slice(from, from + PATCHES_AT_ONCE)))
      found.set(sha, does)
  return found
}

const PATCHES_AT_ONCE = 400
const SHA1_LENGTH = 40

/** Without the number of the pull request, which each copy has of its own. */
const subjectOf = ({ message }: HistoryCommit) =>
  (message.split('\n')[0] ?? '').replaceAll(/\s*\(#\d+\)/g, '').toLowerCase()

function lastLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  return (lines.at(-1) ?? 'git gave no reason.').replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300)
}
