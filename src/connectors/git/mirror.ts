/**
 * One bare mirror of one repository: a folder named by the hash of its address, filled by fetch and
 * read by everything else. Fetches take turns, also with other processes; reads need no lock, since
 * objects are only ever added. Removing the folder loses nothing that the repository still has.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { withFileLock } from '../shared/file-lock.ts'
import { checkAddress, checkSha } from './arguments.ts'
import { checkLocal } from './local.ts'
import { ATTRIBUTES, MIRROR_CONFIG, remoteConfig } from './configuration.ts'
import type { Call, GitProcess, Ran, Running } from './process.ts'

/** Every branch and tag, moved when they moved, removed when they were. */
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']
/** Where forges keep pull requests, by their words for them. */
const pullRequestRefs = (number: number): readonly string[] => [
  `refs/pull/${number}/merge`,
  `refs/pull/${number}/head`,
  `refs/merge-requests/${number}/merge`,
  `refs/merge-requests/${number}/head`,
]
/** A full disk, as git says it in the C locale: the system's words, or its own. */
const NO_SPACE = /No space left on device|Disk quota exceeded|Out of diskspace/

export interface Limits {
  /** For calls that reach the repository: the first clone of a large one takes minutes. */
  readonly remoteMs: number
  /** For calls that read the mirror. */
  readonly localMs: number
}

export interface MirrorOptions {
  readonly git: GitProcess
  readonly folder: string
  readonly repository: string
  readonly limits: Limits
  /** The operator's git configuration, for credentials and proxies. */
  readonly configFile: string | undefined
  /** Below which folders of this machine the repository may lie. */
  readonly local: 'any' | readonly string[]
}

export class Mirror {
  readonly repository: string
  readonly #git: GitProcess
  readonly #limits: Limits
  readonly #configFile: string | undefined
  readonly #local: 'any' | readonly string[]
  readonly #path: string
  readonly #remoteConfig: string

  /** Throws Fault `git.refused` when the address is none. */
  constructor({ git, folder, repository, limits, configFile, local }: MirrorOptions) {
    checkAddress(repository)
    this.repository = repository
    this.#git = git
    this.#limits = limits
    this.#configFile = configFile
    this.#local = local
    const name = createHash('sha256').update(repository).digest('hex').slice(0, 40)
    this.#path = join(folder, `${name}.git`)
    this.#remoteConfig = join(this.#path, 'signalbox.gitconfig')
  }

  /** Brings the mirror up to date. Throws Fault `git.unreachable`, `git.timeout`. */
  fetch(): Promise<void> {
    return this.#locked(async () => {
      await this.#prepare()
      const first = await this.#fetchOnce()
      if (first.code === 0) return
      const again = (await this.#dropStaleLock(first.stderr)) ? await this.#fetchOnce() : first
      if (again.code !== 0) throw this.unreachable(again)
    })
  }

  /** Fetches only when the commit is not here yet. Throws Fault `git.unknown-commit`. */
  async need(sha: string): Promise<void> {
    if (await this.has(sha)) return
    await this.fetch()
    if (!(await this.has(sha)))
      throw new Fault('git.unknown-commit', `${this.repository} has no commit ${sha}.`, {
        remedy: 'Check that it was pushed to a branch or tag of this repository.',
        retry: false,
      })
  }

  /**
   * The same of a pull request. A merge that the forge has made anew meanwhile is under no name any
   * more; some forges give it by its own.
   */
  async needOf(pullRequest: number, sha: string): Promise<void> {
    if (await this.has(sha)) return
    await this.fetch()
    for (const ref of pullRequestRefs(pullRequest)) {
      if (await this.has(sha)) return
      const kept = `refs/signalbox/${ref.replace('refs/', '')}`
      await this.#locked(() => this.#fetchOnce([`+${ref}:${kept}`], []))
    }
    if (await this.has(sha)) return
    const kept = `refs/signalbox/pull/${pullRequest}/reported`
    await this.#locked(() => this.#fetchOnce([`+${sha}:${kept}`], []))
  }

  async has(sha: string): Promise<boolean> {
    // Before the first fetch there is no folder to ask.
    if (!(await isThere(this.#path))) return false
    return (await this.try(['cat-file', '-e', `${checkSha(sha)}^{commit}`])).code === 0
  }

  /** What git answers about the mirror, whatever its exit code. */
  try(args: readonly string[], input?: string): Promise<Ran> {
    return this.#git.run(this.#inMirror(args, input))
  }

  /** What git prints about the mirror; it failing is a bug here or a broken mirror. */
  async ask(args: readonly string[], input?: string): Promise<Buffer> {
    const ran = await this.try(args, input)
    if (ran.code !== 0) throw this.broken(args, ran.stderr)
    return ran.stdout
  }

  start(args: readonly string[], timeoutMs = this.#limits.localMs): Running {
    return this.#git.start({ ...this.#inMirror(args), timeoutMs })
  }

  /** A call that reaches the repository itself. Throws Fault `git.refused`. */
  async remote(args: readonly string[]): Promise<Ran> {
    await checkLocal(this.repository, this.#local)
    const call = { args: [`--git-dir=${this.#path}`, ...args], config: this.#remoteConfig }
    return this.#git.run({ ...call, timeoutMs: this.#limits.remoteMs })
  }

  /** Lets the ref name the object. The next fetch does so too, from what the repository says. */
  async name(ref: string, id: string): Promise<void> {
    await this.#locked(() => this.ask(['update-ref', ref, id]))
  }

  unreachable({ stderr }: Pick<Ran, 'stderr'>): Fault {
    if (NO_SPACE.test(stderr)) return this.#noSpace()
    return new Fault('git.unreachable', `${this.repository} cannot be reached: ${lastOf(stderr)}`, {
      remedy: 'Check the address, and that this machine may read it without being asked.',
    })
  }

  broken(args: readonly string[], stderr: string): Fault {
    if (NO_SPACE.test(stderr)) return this.#noSpace()
    return new Fault('git.broken', `git ${args[0]} failed on the mirror: ${lastOf(stderr)}`, {
      remedy: `Remove ${this.#path}; it is fetched again when it is needed.`,
    })
  }

  #noSpace(): Fault {
    return new Fault('git.no-space', `There is no space left to mirror ${this.repository}.`, {
      remedy: `Free space on the disk of ${this.#path}, or move the data to a larger one.`,
    })
  }

  #inMirror(args: readonly string[], input?: string): Call {
    const call = { args: [`--git-dir=${this.#path}`, ...args], timeoutMs: this.#limits.localMs }
    return input === undefined ? call : { ...call, input }
  }

  #fetchOnce(refspecs = REFSPECS, more: readonly string[] = ['--prune']): Promise<Ran> {
    const quietly = ['--quiet', ...more, '--no-tags', '--no-write-fetch-head']
    const options = [...quietly, '--no-recurse-submodules', '--']
    return this.remote(['fetch', ...options, this.repository, ...refspecs])
  }

  async #prepare(): Promise<void> {
    // The attributes are written last: without them a beginning was broken off.
    const attributes = join(this.#path, 'info', 'attributes')
    if (!(await isThere(attributes))) {
      await mkdir(join(this.#path, 'info'), { recursive: true })
      await this.ask(['init', '--quiet', '--bare', '--template='])
    }
    const { folder } = checkAddress(this.repository)
    await writeIfOther(join(this.#path, 'config'), MIRROR_CONFIG)
    await writeIfOther(this.#remoteConfig, await remoteConfig(folder, this.#configFile))
    await writeIfOther(attributes, ATTRIBUTES)
  }

  /**
   * A git that was killed leaves its lock files behind, and every later fetch would fail on them.
   * Nobody but the holder of our lock writes here, so one that is older than any fetch is nobody's.
   */
  async #dropStaleLock(stderr: string): Promise<boolean> {
    const [, path] = /Unable to create '([^']+\.lock)': File exists/.exec(stderr) ?? []
    if (path === undefined || !path.startsWith(this.#path) || path.includes('..')) return false
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || Date.now() - found.mtimeMs < this.#limits.remoteMs) return false
    await rm(path, { force: true })
    return true
  }

  #locked<T>(work: () => Promise<T>): Promise<T> {
    // Two fetches of somebody else may come first, each as long as it may be.
    const waitMs = 2 * this.#limits.remoteMs
    const busy = () =>
      new Fault('git.timeout', `Another process has been fetching ${this.repository} too long.`, {
        remedy: 'Find the git process that works in the mirror and end it.',
      })
    return withFileLock(`${this.#path}.lock`, { waitMs, busy }, work)
  }
}

async function writeIfOther(path: string, text: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined)
  if (found !== text) await writeFile(path, text)
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** The last lines of what git said, as one line of text. */
function lastOf(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  // A remote may colour its words.
  const text = lines
    .slice(-3)
    .join(' ')
    .replaceAll(/\p{Cc}+/gu, ' ')
  return text.slice(0, 500) || 'git gave no reason.'
}
