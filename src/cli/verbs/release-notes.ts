/** release notes: what changed, for the people it reaches; shown, written, or begun. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault } from '#kernel/fault.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, dim, raw } from '../output.ts'
import type { Act } from '../program.ts'

interface Flags {
  readonly file?: string
  readonly text?: string
  readonly draft?: boolean
  readonly remove?: boolean
}
interface Notes {
  readonly service: string
  readonly version: string
  readonly notes: { readonly text: string; readonly by: string; readonly at: number } | null
  readonly draft: string
  readonly seen: number
}

export function addReleaseNotes(
  release: Command,
  run: (act: Act) => Promise<void>,
  idOf: (context: CliContext, name: string) => Promise<string>,
): void {
  release
    .command('notes')
    .description('what changed, for the people it reaches: shown, or written')
    .argument('<release>', 'its id, or service@version')
    .option('--file <file>', 'write what stands in it, Markdown; - for standard input')
    .option('--text <markdown>', 'write this')
    .option('--draft', 'what one may begin with, from its commits')
    .option('--remove', 'take them back')
    .action((name: string, flags: Flags) =>
      run(async (context) => notes(context, await idOf(context, name), flags)),
    )
}

async function notes(context: CliContext, id: string, flags: Flags): Promise<number> {
  const { api, io, format } = context
  const path = `/releases/${encodeURIComponent(id)}/notes`
  const { file, text, draft, remove } = flags
  const said = [file, text, draft, remove].filter((flag) => flag !== undefined)
  if (said.length > 1) {
    io.err('Give one of --file, --text, --draft and --remove.\n')
    return EXIT.usage
  }
  const found = await api.get<Notes>(path)
  const written = writtenBy(flags)
  if (written === undefined) {
    if (format !== 'table') raw(context, found)
    else if (draft === true) io.out(`${shown(found.draft)}\n`)
    else if (found.notes === null)
      io.out(`${clean(found.service)} ${clean(found.version)} has none: write them with --file.\n`)
    else {
      const { text: standing, by, at } = found.notes
      io.out(`${shown(standing)}\n`)
      io.out(dim(`by ${clean(by)}, ${new Date(at).toISOString()}\n`, io))
    }
    return EXIT.done
  }
  const answer = await api.post<object>(path, { notes: written })
  const what = written.trim() === '' ? 'taken back' : 'written'
  if (format !== 'table') raw(context, answer)
  else io.out(`Notes of ${clean(found.service)} ${clean(found.version)} ${what}.\n`)
  return EXIT.done
}

/** Text of people: ends of lines are kept, and nothing that a terminal would obey. */
const shown = (text: string) => text.split('\n').map(clean).join('\n')

function writtenBy({ file, text, remove }: Flags): string | undefined {
  if (remove === true) return ''
  if (text !== undefined) return text
  if (file === undefined) return undefined
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new Fault('file.unreadable', `${file} cannot be read.`, {
      remedy: 'Name a file of Markdown, or - for standard input.',
      retry: false,
      cause,
    })
  }
}
