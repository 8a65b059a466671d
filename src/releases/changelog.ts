/**
 * What changed, for developers, as Markdown: the same commits give the same bytes. Subjects are
 * other people's text, so whatever Markdown would make of them is escaped: a commit can neither
 * draw a heading into the changelog nor hide the one below it.
 */
import type { NotedCommit } from './conventional.ts'
import { shown } from './conventional.ts'

export interface Change {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Oldest first. */
  readonly commits: readonly NotedCommit[]
}

/** Past this a section is skimmed by nobody; the release itself lists every commit. */
const LINES_MAX = 100
const AUTHORS_MAX = 50
const SHORT_SHA = 7

const SECTIONS: readonly (readonly [title: string, kind: string])[] = [
  ['Features', 'feat'],
  ['Fixes', 'fix'],
  ['Performance', 'perf'],
  ['Reverts', 'revert'],
]

export function changelog({ version, at, commits }: Change): string {
  const named = new Set(SECTIONS.map(([, kind]) => kind))
  const calm = commits.filter((commit) => !commit.breaking)
  return (
    [
      `## ${version} (${new Date(at).toISOString().slice(0, 10)})`,
      ...section(
        'Breaking changes',
        commits.filter((commit) => commit.breaking),
      ),
      ...SECTIONS.flatMap(([title, kind]) =>
        section(
          title,
          calm.filter((commit) => commit.kind === kind),
        ),
      ),
      ...others(calm.filter((commit) => !named.has(commit.kind))),
      ...authors(commits),
    ].join('\n\n') + '\n'
  )
}

function section(title: string, commits: readonly NotedCommit[]): string[] {
  if (commits.length === 0) return []
  const lines = commits.slice(0, LINES_MAX).map(line)
  const rest = commits.length - lines.length
  return [`### ${title}`, [...lines, ...(rest > 0 ? [`- … and ${rest} more`] : [])].join('\n')]
}

function line({ scope, subject, note, tickets, sha }: NotedCommit): string {
  // A squashed pull request carries its number in the subject already.
  const said = subject.split(/[^\w#-]+/)
  const unsaid = tickets.filter((ticket) => !said.includes(ticket))
  const parts = [
    scope === undefined ? '' : `**${escaped(scope)}:** `,
    escaped(subject),
    unsaid.length > 0 ? ` (${unsaid.join(', ')})` : '',
    ` \`${sha.slice(0, SHORT_SHA)}\``,
    note === undefined ? '' : `\n  ${escaped(note)}`,
  ]
  return `- ${parts.join('')}`
}

/** Counted, not listed: they are why a reader would stop reading. */
function others(commits: readonly NotedCommit[]): string[] {
  if (commits.length === 0) return []
  const counts = new Map<string, number>()
  for (const { kind } of commits) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const kinds = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const list = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')
  const noun = commits.length === 1 ? 'change' : 'changes'
  return ['### Other', `${commits.length} other ${noun}: ${list}`]
}

/** By address, since names are spelt in many ways; the first spelling stands. */
function authors(commits: readonly NotedCommit[]): string[] {
  const names = new Map<string, string>()
  for (const { author, coAuthors } of commits)
    for (const { name, email } of [author, ...coAuthors])
      if (!names.has(email)) names.set(email, escaped(shown(name, 100)))
  if (names.size === 0) return []
  const sorted = [...names.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const rest = sorted.length - AUTHORS_MAX
  const more = rest > 0 ? ` and ${rest} more` : ''
  return ['### Authors', `${sorted.slice(0, AUTHORS_MAX).join(', ')}${more}`]
}

/** Everything that Markdown or HTML gives a meaning to, wherever it stands. */
export function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>|~&!]/g, '\\$&')
    .replace(/^(?=[#+=-])/, '\\')
    .replace(/^(\d{1,9})(?=[.)])/, '$1\\')
}
