/**
 * Reads commit messages as Conventional Commits. Only the header and the trailers speak: a body
 * quotes other people's messages, above all those of updated dependencies, and a `fix:` in there
 * fixes nothing here. Messages are hostile text: whatever they hold, something plain comes out.
 */
import type { CommitFact } from '#catalog/events.ts'
import type { ReleasedCommit } from './events.ts'

export interface ParsedMessage {
  /** Lower case: `feat`, `fix`, …; `other` when the header has no type. */
  readonly kind: string
  readonly scope?: string | undefined
  readonly breaking: boolean
  /** What `BREAKING CHANGE:` says. */
  readonly note?: string | undefined
  readonly subject: string
  readonly tickets: readonly string[]
  /** Commits that it says it takes back; only a revert is asked. */
  readonly reverts?: readonly string[] | undefined
}

/** What the changelog needs beside what is kept. */
export type NotedCommit = ReleasedCommit & { readonly note?: string | undefined }

/** As the catalog cuts messages; a caller that did not is held to it here. */
const MESSAGE_LENGTH_MAX = 8192
/** Headers are one line of prose; what is longer is cut, with a mark. */
const SUBJECT_LENGTH_MAX = 300
const NOTE_LENGTH_MAX = 1000
const TICKETS_MAX = 20
const REVERTS_MAX = 50

const HEADER =
  /^(?<kind>[A-Za-z][A-Za-z-]{0,29})(?:\((?<scope>[^()]{1,60})\))?(?<bang>!)?:[ \t]+(?<rest>\S.*)$/
/** What git itself writes; it counts as a revert though it follows no convention. */
const GIT_REVERT = /^Revert "(?<rest>.+)"/
/** The line that git writes below it, or a trailer of people. */
const REVERTED = /^(?:This reverts commit|Reverts:?|Refs:)[ \t]+(?<sha>[0-9a-f]{7,40})\b/gim
const TRAILER =
  /^(?<token>BREAKING CHANGE|[A-Za-z][A-Za-z-]{0,49})(?:(?<colon>:[ \t]+)| (?=#\d))(?<value>.*)$/
/** Trailers that name tickets; others name people, who may be called #1 too. */
const REFERS: ReadonlySet<string> = new Set(
  [
    ['ref', 'refs', 'references', 'see', 'part-of', 'relates-to', 'related', 'related-to'],
    ['close', 'closes', 'closed', 'fix', 'fixes', 'fixed', 'resolve', 'resolves', 'resolved'],
    ['issue', 'issues', 'ticket', 'tickets', 'jira'],
  ].flat(),
)
const TICKET = /(?<![\w#&/-])(?:[A-Z][A-Z0-9]{1,9}-\d{1,7}|#\d{1,9})(?![\w-])/g
/** They look like tickets and name standards. */
const NO_TICKET = /^(UTF|ISO|SHA|MD|CVE|RFC|AES|RSA|TLS|SSL|HTTP|ES|IPV|X)-/

export function parseMessage(message: string): ParsedMessage {
  const [header = '', ...rest] = message
    .slice(0, MESSAGE_LENGTH_MAX)
    .trimStart()
    .split(/\r\n|[\r\n]/)
  const trailers = trailersOf(rest)
  const notes = trailers.filter(({ token }) => /^BREAKING[ -]CHANGE$/.test(token))
  const note = shown(notes.map(({ value }) => value).join(' '), NOTE_LENGTH_MAX)
  const groups = (HEADER.exec(header) ?? GIT_REVERT.exec(header))?.groups
  const kind = groups === undefined ? 'other' : (groups['kind'] ?? 'revert').toLowerCase()
  const reverts = kind === 'revert' ? revertsIn(rest.join('\n')) : []
  const scope = shown(groups?.['scope'] ?? '', SUBJECT_LENGTH_MAX)
  return {
    kind,
    ...(scope !== '' && { scope }),
    breaking: groups?.['bang'] === '!' || notes.length > 0,
    ...(note !== '' && { note }),
    subject: shown(groups?.['rest'] ?? header, SUBJECT_LENGTH_MAX),
    ...(reverts.length > 0 && { reverts }),
    tickets: ticketsIn([header, ...trailers.filter(refers).map(({ line }) => line)]),
  }
}

function revertsIn(body: string): readonly string[] {
  const found = [...body.matchAll(REVERTED)].flatMap(({ groups }) => groups?.['sha'] ?? [])
  return [...new Set(found.map((sha) => sha.toLowerCase()))].slice(0, REVERTS_MAX)
}

export function releasedCommit(commit: CommitFact): NotedCommit {
  // Addresses stay as they are: they are compared with those of actors, not only shown.
  const person = ({ name, email }: CommitFact['author']) => ({ name: shown(name, 100), email })
  return {
    sha: commit.sha,
    author: person(commit.author),
    committer: person(commit.committer),
    coAuthors: commit.coAuthors.map(person),
    committedAt: commit.committedAt,
    ...parseMessage(commit.message),
  }
}

/**
 * Text that may be shown anywhere: one line, no control characters, nothing that reorders or hides
 * what follows, no half of a surrogate pair (PostgreSQL would refuse it), and not without end.
 */
export function shown(text: string, lengthMax: number): string {
  const plain = text
    .toWellFormed()
    .replace(/\p{Cf}|(?!\s)\p{Cc}/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
  if (plain.length <= lengthMax) return plain
  // The cut may have gone through a pair.
  return `${plain
    .slice(0, lengthMax - 1)
    .toWellFormed()
    .replace(/\ufffd$/u, '')}…`
}

interface Trailer {
  readonly token: string
  /** With its continuation lines. */
  readonly value: string
  /** Whether a colon stands between token and value. */
  readonly colon: boolean
  readonly line: string
}

/** The unbroken run, at the end, of paragraphs that begin with a trailer. */
function trailersOf(lines: readonly string[]): Trailer[] {
  const found: Trailer[] = []
  for (const paragraph of paragraphsOf(lines).reverse()) {
    if (!TRAILER.test(paragraph[0] ?? '')) break
    found.unshift(...trailersIn(paragraph))
  }
  return found
}

function paragraphsOf(lines: readonly string[]): string[][] {
  const paragraphs: string[][] = []
  let open: string[] | undefined
  for (const line of lines)
    if (line.trim() === '') open = undefined
    else if (open === undefined) paragraphs.push((open = [line]))
    else open.push(line)
  return paragraphs
}

function trailersIn(paragraph: readonly string[]): Trailer[] {
  const found: { token: string; value: string; colon: boolean; line: string }[] = []
  for (const line of paragraph) {
    const groups = TRAILER.exec(line)?.groups
    const last = found.at(-1)
    if (groups !== undefined)
      found.push({
        token: groups['token'] ?? '',
        value: groups['value'] ?? '',
        colon: groups['colon'] !== undefined,
        line,
      })
    else if (last !== undefined) {
      last.value += ` ${line}`
      last.line += ` ${line}`
    }
  }
  return found
}

/** `fix: …` with a colon is somebody's header, quoted; `fix #34` closes a ticket. */
function refers({ token, colon }: Trailer): boolean {
  const name = token.toLowerCase()
  return REFERS.has(name) && !(colon && name === 'fix')
}

function ticketsIn(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) => [...text.matchAll(TICKET)].map(([ticket]) => ticket))
  return [...new Set(found.filter((ticket) => !NO_TICKET.test(ticket)))].slice(0, TICKETS_MAX)
}
