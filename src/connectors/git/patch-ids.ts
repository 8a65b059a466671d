/**
 * What a commit does to its first parent, as one name, and what undoing it would be: a revert has
 * the undoing of the other one as its own. git's patch-id forgets line numbers and blanks. Of what
 * it cannot tell apart there is no name: bytes that are no text, and changes that look alike both
 * ways, such as of modes and of blanks alone.
 */
import type { PatchIds } from '#catalog/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { checkSha, refused } from './arguments.ts'

/** The port's bound: what a release brings, in so far as anybody looks for reverts in it. */
const PATCH_IDS_MAX = 500
/** What is printed for a few commits stays far below what a process may say. */
const BATCH = 20
const DIFF = ['diff-tree', '-p', '--root', '--stdin', '--full-index', '--no-renames']
/** Of a merge what it brought to the branch, as everywhere. */
const OPTIONS = ['--diff-merges=first-parent', '--no-ext-diff', '--no-textconv', '--no-color']
/** The name holds the paths as printed, and the other way round they would change sides. */
const PREFIXES = ['--src-prefix=a/', '--dst-prefix=a/']
const NAME = /^[0-9a-f]{40}$/
const NO_TEXT = /^(Binary files |GIT binary patch)/

/** Where git can be asked. */
export interface Asked {
  ask(args: readonly string[], input?: string): Promise<Buffer>
}

export async function patchIds(mirror: Asked, shas: readonly string[]): Promise<PatchIds> {
  if (shas.length > PATCH_IDS_MAX)
    throw refused(`${shas.length} commits are too many.`, `Ask for ${PATCH_IDS_MAX} at once.`)
  for (const sha of shas) checkSha(sha)
  const found = new Map<string, { readonly does: string; readonly undoes: string }>()
  for (let at = 0; at < shas.length; at += BATCH) {
    const batch = shas.slice(at, at + BATCH)
    const [does, undoes] = [await idsOf(mirror, batch, []), await idsOf(mirror, batch, ['-R'])]
    for (const sha of batch) {
      const [one, other] = [does.get(sha), undoes.get(sha)]
      if (one !== undefined && other !== undefined && one !== other)
        found.set(sha, { does: one, undoes: other })
    }
  }
  return found
}

/** Whatever is too large to be printed has no name, and its neighbours get theirs alone. */
async function idsOf(
  mirror: Asked,
  shas: readonly string[],
  more: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  try {
    const printed = await mirror.ask(
      [...DIFF, ...OPTIONS, ...PREFIXES, ...more],
      `${shas.join('\n')}\n`,
    )
    // Byte by byte: what is no UTF-8 must not become the same as something else.
    const text = textsOnly(printed.toString('latin1'))
    if (text === '') return new Map()
    const lines = (await mirror.ask(['patch-id', '--stable'], text)).toString().split('\n')
    return new Map(
      lines.flatMap((line) => {
        const [id = '', sha = ''] = line.split(' ')
        return sha === '' ? [] : [[sha, id]]
      }),
    )
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'git.refused') throw error
    const maps = shas.length > 1 ? shas.map((sha) => idsOf(mirror, [sha], more)) : []
    return new Map((await Promise.all(maps)).flatMap((each) => [...each]))
  }
}

/** Each commit begins with its name on a line; lines of a patch begin with a sign or a blank. */
function textsOnly(printed: string): string {
  const kept: string[][] = []
  for (const line of printed.split('\n')) {
    if (NAME.test(line)) kept.push([line])
    else kept.at(-1)?.push(line)
  }
  return kept
    .filter((lines) => !lines.some((line) => NO_TEXT.test(line)))
    .map((lines) => lines.join('\n'))
    .join('\n')
}
