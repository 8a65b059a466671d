/**
 * Which files were looked at and found to be what their name says, and may be taken for it again
 * without being read: those that are, to the system, as they were then. Nobody can set the time of
 * a file's last change, so who writes to one and puts its other times back is found out too. Every
 * hundredth answer is no all the same, since a disk may decay without telling anybody.
 */

export interface FileFacts {
  readonly mode: number
  readonly size: number
  readonly ino: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** One file in so many is read though nothing speaks against it. */
const READ_EVERY = 100
/** Some hundred bytes each. */
const KNOWN_MAX = 200_000

export interface Trust {
  /** Whether it was found good as it is now. */
  isTrusted(path: string, facts: FileFacts): boolean
  /** It was read, or made, and is what it should be. */
  trust(path: string, facts: FileFacts): void
  forget(path: string): void
}

export function makeTrust(): Trust {
  const known = new Map<string, string>()
  let asked = 0
  return {
    isTrusted(path, facts) {
      if (known.get(path) !== markOf(facts)) return false
      asked++
      return asked % READ_EVERY !== 0
    },
    trust(path, facts) {
      // What was learnt first is forgotten first; it is read once more, and no harm is done.
      const [oldest] = known.size < KNOWN_MAX ? [] : known.keys()
      if (oldest !== undefined) known.delete(oldest)
      known.set(path, markOf(facts))
    },
    forget: (path) => void known.delete(path),
  }
}

export const markOf = ({ mode, size, ino, mtimeMs, ctimeMs }: FileFacts): string =>
  `${ino} ${size} ${mode} ${mtimeMs} ${ctimeMs}`
