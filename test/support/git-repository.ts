import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What our tests give git: nothing of the machine they run on but its PATH. Tests only. */
export const GIT_ENVIRONMENT = { PATH: process.env['PATH'], HOME: '/nonexistent' }

export interface Person {
  readonly name: string
  readonly email: string
}

const ANA: Person = { name: 'Ana', email: 'ana@example.org' }

/**
 * A bare repository and a clone of it with a person at work in it, in two new folders. Tests only.
 */
export class GitRepository {
  readonly bare: string
  readonly work: string
  #seconds = 1_700_000_000

  constructor(folder: string) {
    this.bare = join(folder, 'remote.git')
    this.work = join(folder, 'work')
    mkdirSync(folder, { recursive: true })
    run(folder, ['init', '--quiet', '--bare', '--initial-branch=main', this.bare])
    run(folder, ['init', '--quiet', '--initial-branch=main', this.work])
  }

  git(...args: readonly string[]): string {
    return run(this.work, args).trim()
  }

  /** Commits the files and gives the commit. The message is taken as it stands, a minute later. */
  commit(
    message: string | Uint8Array,
    files: Readonly<Record<string, string>> = {},
    author: Person = ANA,
  ): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.work, path)), { recursive: true })
      writeFileSync(join(this.work, path), text)
    }
    if (Object.keys(files).length > 0) this.git('add', '--all')
    this.#seconds += 60
    const commit = ['commit', '--quiet', '--allow-empty', '--allow-empty-message']
    run(this.work, [...commit, '--cleanup=verbatim', '--file=-'], {
      input: message,
      env: {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_AUTHOR_DATE: `${this.#seconds - 30} +0200`,
        GIT_COMMITTER_DATE: `${this.#seconds} +0200`,
      },
    })
    return this.head()
  }

  head(): string {
    return this.git('rev-parse', 'HEAD')
  }

  push(...what: readonly string[]): void {
    const given = what.length > 0 ? what : ['HEAD:main']
    this.git('push', '--quiet', '--force', this.bare, ...given)
  }
}

/** Feeds `git fast-import`: thousands of commits in the time of one. Tests only. */
export function fastImport(repository: string, stream: string | Uint8Array): void {
  run(repository, ['fast-import', '--quiet', '--force'], { input: stream })
}

function run(
  cwd: string,
  args: readonly string[],
  given: { readonly input?: string | Uint8Array; readonly env?: Record<string, string> } = {},
): string {
  const who = {
    GIT_AUTHOR_NAME: ANA.name,
    GIT_AUTHOR_EMAIL: ANA.email,
    GIT_COMMITTER_NAME: 'Ben',
    GIT_COMMITTER_EMAIL: 'Ben@Example.org',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  }
  const env = { ...GIT_ENVIRONMENT, ...who, ...given.env }
  const input = given.input ?? ''
  return execFileSync('git', args, { cwd, env, input, encoding: 'utf8', stdio: 'pipe' })
}
