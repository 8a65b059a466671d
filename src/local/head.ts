/** Branch and commit of a working tree, read from its files: no program is started for it. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface Head {
  readonly branch: string
  readonly sha: string
}

const NOWHERE: Head = { branch: 'main', sha: '0'.repeat(40) }

export function headOf(root: string): Head {
  try {
    const git = gitFolder(root)
    if (git === undefined) return NOWHERE
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim()
    const [, ref] = /^ref: (.+)$/.exec(head) ?? []
    if (ref === undefined) return { branch: 'HEAD', sha: head }
    return { branch: ref.replace(/^refs\/heads\//, ''), sha: shaOf(git, ref) ?? NOWHERE.sha }
  } catch {
    return NOWHERE
  }
}

/** Of a worktree `.git` is a file that says where it is. */
function gitFolder(root: string): string | undefined {
  const at = join(root, '.git')
  if (!existsSync(at)) return undefined
  if (statSync(at).isDirectory()) return at
  const [, path = ''] = /^gitdir: (.+)$/m.exec(readFileSync(at, 'utf8')) ?? []
  return resolve(root, path)
}

function shaOf(git: string, ref: string): string | undefined {
  const common = existsSync(join(git, 'commondir'))
    ? resolve(git, readFileSync(join(git, 'commondir'), 'utf8').trim())
    : git
  const loose = join(common, ref)
  if (existsSync(loose)) return readFileSync(loose, 'utf8').trim()
  const packed = join(common, 'packed-refs')
  if (!existsSync(packed)) return undefined
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find((each) => each.endsWith(` ${ref}`))
  return line?.split(' ')[0]
}
