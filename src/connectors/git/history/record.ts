/**
 * A whole history as git log prints it, read while it comes: of each commit what attribution needs,
 * and of its message the first line and the lines that name other commits. Fields are counted and
 * end with a NUL, which nothing in a commit can contain.
 */
import { refused } from '../arguments.ts'
import { NulSplitter } from '../log.ts'

export interface HistoryCommit {
  readonly sha: string
  readonly parents: readonly string[]
  readonly authoredAt: number
  readonly committedAt: number
  readonly message: string
  readonly paths?: readonly string[] | undefined
}

/** Linux has a million and more; what is larger is read by its last years. */
export const COMMITS_MAX = 1_500_000
const FIELD_BYTES_MAX = 64 * 1024
const SUBJECT_LENGTH_MAX = 300
const LINES_MAX = 20
const LINE_LENGTH_MAX = 200
const PATHS_MAX = 2_000
const PATHS_LENGTH_MAX = 64 * 1024
const PATH_LENGTH_MAX = 900

const FIELDS = ['%H', '%P', '%at', '%ct', '%B']

export const historyArgs = (withPaths: boolean): readonly string[] => [
  'log',
  '-z',
  '--no-show-signature',
  '--no-color',
  '--no-notes',
  '--encoding=UTF-8',
  `--format=%x00${FIELDS.join('%x00')}`,
  ...(withPaths
    ? ['--name-only', '--no-renames', '--diff-merges=first-parent', '--no-ext-diff']
    : ['--no-patch']),
]

export class HistoryReader {
  readonly commits: HistoryCommit[] = []
  readonly #splitter = new NulSplitter(FIELD_BYTES_MAX)
  readonly #withPaths: boolean
  #fields: string[] | undefined
  #paths: string[] = []
  #pathsLength = 0

  constructor(withPaths: boolean) {
    this.#withPaths = withPaths
  }

  push(chunk: Buffer): void {
    for (const field of this.#splitter.push(chunk)) this.#take(field)
    if (this.commits.length > COMMITS_MAX)
      throw refused(
        `The repository has more than ${COMMITS_MAX} commits.`,
        'Make a clone of its last years (git clone --shallow-since=DATE), and import that.',
      )
  }

  end(): readonly HistoryCommit[] {
    this.#finish()
    return this.commits
  }

  #take(field: Buffer): void {
    const fields = this.#fields
    if (fields !== undefined && fields.length < FIELDS.length) fields.push(field.toString())
    else if (field.length === 0) {
      this.#finish()
      this.#fields = []
    } else if (this.#paths.length < PATHS_MAX && this.#pathsLength < PATHS_LENGTH_MAX) {
      const path = field.toString().replace(/^\n/, '').slice(0, PATH_LENGTH_MAX)
      this.#pathsLength += path.length
      this.#paths.push(path)
    }
  }

  #finish(): void {
    if (this.#fields === undefined) return
    const [sha = '', parents = '', authored = '', committed = '', message = ''] = this.#fields
    if (sha !== '')
      this.commits.push({
        sha,
        parents: parents === '' ? [] : parents.split(' '),
        authoredAt: toInstant(authored),
        committedAt: toInstant(committed),
        message: telling(message),
        ...(this.#withPaths && { paths: this.#paths }),
      })
    this.#fields = undefined
    this.#paths = []
    this.#pathsLength = 0
  }
}

/** 1990: what lies before is a slip of somebody's clock, and is told by what stands beside it. */
const EARLIEST = 631_152_000_000
const LATEST = 4_102_444_800_000

/** 0 for dates that no software has. */
function toInstant(seconds: string): number {
  const at = 1000 * Number(seconds)
  return Number.isSafeInteger(at) && at >= EARLIEST && at <= LATEST ? at : 0
}

/** Lines that name other commits or tickets: what linking needs, and no more of what it says. */
const TELLS = new RegExp(
  String.raw`^\s*(?:this reverts commit|\(cherry picked from commit|` +
    String.raw`(?:reverts|fixes|closes|refs|resolves|ticket|issue)\b[ :#])`,
  'i',
)

function telling(message: string): string {
  const [subject = '', ...body] = message.split('\n')
  const lines = body
    .filter((line) => TELLS.test(line))
    .slice(0, LINES_MAX)
    .map((line) => line.trim().slice(0, LINE_LENGTH_MAX))
  const first = subject.trim().slice(0, SUBJECT_LENGTH_MAX)
  return (lines.length === 0 ? first : `${first}\n\n${lines.join('\n')}`).toWellFormed()
}
