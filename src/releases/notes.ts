/**
 * Release notes: what changed, written for the people it reaches. Text of people, in Markdown, kept
 * as it was written; whoever shows it makes no HTML of it. What nobody can see in it, and what
 * would make it read otherwise than it is, is refused, and not silently taken out.
 */
import type { ReleasedCommit } from './events.ts'

export const NOTES_LENGTH_MAX = 20_000

/** Ends of lines as they are kept, and no blanks that nobody sees at the ends. */
export const tidied = (text: string) =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\S\n]+$/gm, '')
    .replaceAll(/^\n+|\n+$/g, '')

/** Controls, and marks that turn the direction of what follows; tabs and ends of lines are text. */
// oxlint-disable-next-line no-control-regex
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/u

export interface Unseen {
  readonly line: number
  /** `U+202E`. */
  readonly character: string
}

/** The first character that nobody would see. */
export function unseenIn(text: string): Unseen | undefined {
  const at = text.search(UNSEEN)
  if (at < 0) return undefined
  const code = text.codePointAt(at) ?? 0
  return {
    line: text.slice(0, at).split('\n').length,
    character: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
  }
}

const SECTIONS: readonly (readonly [title: string, kind: string])[] = [
  ['New', 'feat'],
  ['Fixed', 'fix'],
  ['Faster', 'perf'],
]
/** Longer notes are read by nobody. */
const ITEMS_MAX = 30

/** Somewhere to begin: what people may notice, in the words of its commits. */
export function draftNotes(commits: readonly ReleasedCommit[]): string {
  const seen = commits.filter(({ kind, breaking }) => breaking || kind !== 'other')
  const calm = seen.filter(({ breaking }) => !breaking)
  const parts = [
    section(
      'What you have to do',
      seen.filter(({ breaking }) => breaking),
    ),
    ...SECTIONS.map(([title, kind]) =>
      section(
        title,
        calm.filter((commit) => commit.kind === kind),
      ),
    ),
  ].filter((part) => part !== '')
  return parts.join('\n\n')
}

function section(title: string, commits: readonly ReleasedCommit[]): string {
  if (commits.length === 0) return ''
  const items = commits.slice(0, ITEMS_MAX).map(({ subject }) => `- ${sentence(subject)}`)
  return `## ${title}\n\n${items.join('\n')}`
}

/** Subjects are other people's text: Markdown makes nothing of them. */
function sentence(subject: string): string {
  const bare = subject.replace(/^[a-z]+(\([^)]*\))?!?:\s*/i, '').replaceAll(/\s+/g, ' ')
  const said = bare.replaceAll(/[\\`*_[\]<>#]/g, (mark) => `\\${mark}`)
  return said.charAt(0).toUpperCase() + said.slice(1)
}
