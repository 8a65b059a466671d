/**
 * The world the story plays in: a folder of its own with real git repositories, made of the
 * examples and pushed by people, as any team's would be.
 */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { applyChange, type Change } from './change.ts'

const run = promisify(execFile)
/** Git writes a few lines; a server that hangs must not hang the story. */
const GIT_MS = 30_000

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly teams: readonly string[]
  readonly roles: readonly string[]
}

/** Who writes, and who approves; nobody does both for one change. */
export const PEOPLE = {
  dana: person('dana', 'Dana Developer', ['team-web'], ['developer']),
  ana: person('ana', 'Ana Approver', ['team-web'], ['developer', 'operator', 'approver']),
  ben: person('ben', 'Ben Banker', ['team-payments'], ['developer', 'approver']),
} as const

function person(id: string, name: string, teams: string[], roles: string[]): Person {
  return { id, name, email: `${id}@example.com`, teams, roles }
}

export interface Repository {
  readonly service: string
  /** Where people work. */
  readonly folder: string
  /** What the server is told. */
  readonly address: string
}

export interface World {
  readonly folder: string
  readonly dataDir: string
  /** The first port of each environment. */
  readonly places: readonly number[]
  readonly repositories: readonly Repository[]
}

/** `examples` has one folder a service. */
export async function makeWorld(
  services: readonly string[],
  { path, examples, places }: { path: string; examples: string; places: readonly number[] },
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-demo-'))
  // As root the database runs as another user, who must be able to walk in.
  chmodSync(folder, 0o711)
  const repositories: Repository[] = []
  for (const service of services)
    repositories.push(await makeRepository(folder, join(examples, service), path))
  return { folder, dataDir: join(folder, 'data'), places, repositories }
}

async function makeRepository(root: string, example: string, path: string): Promise<Repository> {
  const service = basename(example)
  const address = join(root, 'git', `${service}.git`)
  const folder = join(root, 'work', service)
  mkdirSync(address, { recursive: true })
  await git(address, path, ['init', '--quiet', '--bare', '--initial-branch=main'])
  cpSync(example, folder, {
    recursive: true,
    filter: (file) => !/\/(node_modules|dist|__pycache__|junit\.xml)$/.test(file),
  })
  await git(folder, path, ['init', '--quiet', '--initial-branch=main'])
  await git(folder, path, ['remote', 'add', 'origin', address])
  const repository = { service, folder, address }
  await commit(repository, path, `feat: first version of the ${service}`)
  return repository
}

/** Applies the change, commits it as Dana and pushes it; the new commit. */
export async function push(repository: Repository, change: Change, path: string): Promise<string> {
  await applyChange(repository.folder, change)
  return commit(repository, path, change.message)
}

/** The commit at the head of where people work. */
export async function headOf({ folder }: Repository, path: string): Promise<string> {
  return (await git(folder, path, ['rev-parse', 'HEAD'])).trim()
}

async function commit(repository: Repository, path: string, message: string): Promise<string> {
  const { folder } = repository
  await git(folder, path, ['add', '--all'])
  await git(folder, path, ['commit', '--quiet', '--message', message])
  await git(folder, path, ['push', '--quiet', 'origin', 'HEAD:main'])
  return headOf(repository, path)
}

async function git(cwd: string, path: string, args: readonly string[]): Promise<string> {
  const { name, email } = PEOPLE.dana
  const who = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email }
  const { stdout } = await run('git', [...args], {
    cwd,
    timeout: GIT_MS,
    // Nothing of the machine's own git settings: hooks, signing keys, other names.
    env: {
      PATH: path,
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      ...who,
    },
  })
  return stdout
}

export function hasProgram(name: string, path: string): boolean {
  return path.split(':').some((folder) => existsSync(join(folder, name)))
}
