/** The repository that a verb is called in: its root, and the manifest with its place inside. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Fault } from '#kernel/fault.ts'

export const MANIFEST = 'signalbox.yaml'
const BYTES_MAX = 1024 * 1024

export interface Repository {
  readonly root: string
  /** The manifest from the root, with `/` between names. */
  readonly file: string
  readonly text: string
}

/** Throws Fault `cli.no-manifest`. */
export function repositoryAt(path = MANIFEST): Repository {
  const found = resolve(path)
  const isThere = existsSync(found) && statSync(found).isFile()
  if (!isThere || statSync(found).size > BYTES_MAX)
    throw new Fault('cli.no-manifest', `${path} is not there, or no manifest.`, {
      remedy: 'Write one with signalbox init, or name it with --file.',
      retry: false,
    })
  const root = rootOf(dirname(found))
  const file = relative(root, found).split(sep).join('/')
  return { root, file, text: readFileSync(found, 'utf8') }
}

/** Where `.git` stands; a folder outside of any repository is its own. */
export function rootOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(resolve(at, '.git'))) return at
    if (dirname(at) === at) return folder
  }
}

/** Where the repository was cloned from, without who cloned it; undefined when nobody says. */
export function originOf(root: string): string | undefined {
  const config = join(root, '.git', 'config')
  if (!existsSync(config)) return undefined
  const [, section = ''] = /^\[remote "origin"\]\n((?:\s+.*\n?)*)/m.exec(
    readFileSync(config, 'utf8'),
  ) ?? ['', '']
  const [, url] = /^\s*url\s*=\s*(\S+)\s*$/m.exec(section) ?? []
  if (url === undefined) return undefined
  const [, host, path] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(url) ?? []
  if (host !== undefined && path !== undefined) return `ssh://git@${host}/${path}`
  return url.replace(/^(https?:\/\/)[^/@]*@/, '$1')
}

/** Files of a folder, two names deep, without what a build leaves. */
export function filesIn(folder: string): readonly string[] {
  const names = (at: string) =>
    existsSync(at) ? readdirSync(at, { withFileTypes: true }).slice(0, 2000) : []
  return names(folder).flatMap((entry) => {
    if (entry.isFile()) return [entry.name]
    if (!entry.isDirectory() || SKIPPED.has(entry.name)) return []
    return names(join(folder, entry.name)).flatMap((inner) =>
      inner.isFile() ? [`${entry.name}/${inner.name}`] : [],
    )
  })
}

const SKIPPED = new Set(['.git', 'node_modules', 'target', 'dist', 'build', 'bin', 'obj', '.venv'])
