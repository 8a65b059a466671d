/**
 * Commits as git log prints them, read while they come. Everything in a commit is chosen by whoever
 * wrote it, so nothing is recognised by its looks: fields are counted, and end with a NUL, which no
 * name, message or path can contain.
 */
import type { CommitFact, Identity } from '#catalog/events.ts'
import { refused } from './arguments.ts'

const MESSAGE_BYTES_MAX = 8 * 1024
const PATHS_MAX = 200
/** Paths of one commit, together: beyond it they are cut like too many of them. */
const PATHS_BYTES_MAX = 64 * 1024
const NAME_LENGTH_MAX = 200
/** A pair or a mob, not a list to fill the memory with. */
const CO_AUTHORS_MAX = 50
/** What one field may hold at most: the trailers of the longest honest commit fit many times. */
const FIELD_BYTES_MAX = 64 * 1024
/** What one reading may keep in memory; ten thousand ordinary commits are a tenth of it. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024

/** The co-authors come from git, which reads trailers of the whole message, also past our cut. */
const FIELDS = [
  '%H',
  '%P',
  '%an',
  '%ae',
  '%at',
  '%cn',
  '%ce',
  '%ct',
  '%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x0A)',
  '%B',
]

/**
 * Arguments that make git print what `LogReader` reads, oldest first. A merge shows what it brought
 * to its first parent, so that nothing reaches a branch without touching a path. A renamed file
 * touches both its paths.
 */
export const LOG_ARGS: readonly string[] = [
  'log',
  '-z',
  '--topo-order',
  '--reverse',
  '--name-only',
  '--no-renames',
  '--diff-merges=first-parent',
  '--no-ext-diff',
  '--no-color',
  '--encoding=UTF-8',
  `--format=%x00${FIELDS.join('%x00')}`,
]

/**
 * A record is an empty field, the fields above, and the paths; a path is never empty, so the next
 * empty field begins the next record. git puts a line break before the first path.
 */
export class LogReader {
  readonly commits: CommitFact[] = []
  readonly #splitter = new NulSplitter(FIELD_BYTES_MAX)
  #fields: Buffer[] | undefined
  #paths: string[] = []
  #pathsBytes = 0
  #pathsCut = false
  #keptBytes = 0

  /** Throws Fault `git.refused` when it would have to keep too much. */
  push(chunk: Buffer): void {
    for (const field of this.#splitter.push(chunk)) this.#take(field)
    if (this.#keptBytes > KEPT_BYTES_MAX)
      throw refused('The commits hold too much text to read at once.', 'Ask for fewer commits.')
  }

  end(): readonly CommitFact[] {
    this.#finish()
    return this.commits
  }

  #take(field: Buffer): void {
    const fields = this.#fields
    if (fields !== undefined && fields.length < FIELDS.length) {
      fields.push(field)
    } else if (field.length === 0) {
      this.#finish()
      this.#fields = []
    } else this.#takePath(field)
  }

  #takePath(field: Buffer): void {
    const isFirst = this.#paths.length === 0 && !this.#pathsCut
    const path = isFirst && field[0] === LINE_BREAK ? field.subarray(1) : field
    this.#pathsBytes += path.length
    if (this.#paths.length < PATHS_MAX && this.#pathsBytes <= PATHS_BYTES_MAX) {
      this.#paths.push(path.toString())
      this.#keptBytes += path.length
    } else this.#pathsCut = true
  }

  #finish(): void {
    const fields = this.#fields
    if (fields === undefined) return
    const commit = toCommit(fields, this.#paths, this.#pathsCut)
    this.#keptBytes += commit.message.length
    this.commits.push(commit)
    this.#fields = undefined
    this.#paths = []
    this.#pathsBytes = 0
    this.#pathsCut = false
  }
}

/** Cuts a stream at its NULs; a field longer than the bound loses its end, not its neighbours. */
export class NulSplitter {
  readonly #bytesMax: number
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  *push(chunk: Buffer): Generator<Buffer> {
    let from = 0
    for (let to = chunk.indexOf(0); to !== -1; to = chunk.indexOf(0, from)) {
      this.#keep(chunk.subarray(from, to))
      yield Buffer.concat(this.#pending)
      this.#pending = []
      this.#pendingBytes = 0
      from = to + 1
    }
    this.#keep(chunk.subarray(from))
  }

  #keep(part: Buffer): void {
    const kept = part.subarray(0, this.#bytesMax - this.#pendingBytes)
    if (kept.length === 0) return
    this.#pending.push(kept)
    this.#pendingBytes += kept.length
  }
}

const LINE_BREAK = 0x0a

function toCommit(
  fields: readonly Buffer[],
  paths: readonly string[],
  pathsCut: boolean,
): CommitFact {
  const text = (i: number) => (fields[i] ?? Buffer.alloc(0)).toString()
  return {
    sha: text(0),
    parents: text(1) === '' ? [] : text(1).split(' '),
    author: { name: cut(text(2)), email: cut(text(3)).toLowerCase() },
    authoredAt: toInstant(text(4)),
    committer: { name: cut(text(5)), email: cut(text(6)).toLowerCase() },
    committedAt: toInstant(text(7)),
    coAuthors: coAuthorsIn(text(8)),
    message: cutMessage(fields[9] ?? Buffer.alloc(0)),
    paths,
    pathsCut,
  }
}

/** One `Name <mail>` a line; what does not look so names nobody. The same mail counts once. */
export function coAuthorsIn(lines: string): readonly Identity[] {
  const found = new Map<string, Identity>()
  for (const line of lines.split('\n')) {
    const [, name = '', mail = ''] = /^([^<>]*)<([^<>\s]+)>\s*$/.exec(line) ?? []
    const email = cut(mail).toLowerCase()
    if (email !== '' && found.size < CO_AUTHORS_MAX && !found.has(email))
      found.set(email, { name: cut(name.trim()), email })
  }
  return [...found.values()]
}

/** At most so many bytes, and no half of a character at the end. */
function cutMessage(bytes: Buffer): string {
  if (bytes.length <= MESSAGE_BYTES_MAX) return bytes.toString().trimEnd()
  let end = MESSAGE_BYTES_MAX
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString()
}

/** Milliseconds; the epoch for dates that no calendar has, which git stores without a word. */
function toInstant(seconds: string): number {
  const ms = Number(seconds) * 1000
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : 0
}

/** Well formed, since a database refuses half of a surrogate pair. */
const cut = (text: string) => text.slice(0, NAME_LENGTH_MAX).toWellFormed()
