/**
 * Files that were restored before, one each, so that they can be handed out again by a hard link:
 * ten times cheaper than a copy. A link is a loan. A file here is read-only, and it is looked at
 * before it is lent again and when the job that had it has ended: whoever wrote to it all the same
 * (root may) is found out, the file is thrown away, and nothing is made of it.
 */
import { hash, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { makeTrust } from '#kernel/trust.ts'

export interface Pooled {
  /** Where it goes in the folder of the job. */
  readonly path: string
  readonly sha256: string
  readonly mode: number
}

/** A file of the pool that a job has in its hands. */
export interface Lent extends Pooled {
  /** How many spoiled files had been found by then. */
  readonly since: number
}

export interface LinkPool {
  /** Whether it is here, and good. */
  has(file: Pooled): boolean
  keep(file: Pooled, bytes: Uint8Array): void
  /** Links `target`, where nothing is. Undefined: it has to be written instead. */
  lend(file: Pooled, target: string): Lent | undefined
  /** What it would have lent for these, had it been asked. */
  lentOf(file: Pooled): Lent | undefined
  /** Whether something was written to it since it was lent. */
  isSpoiled(lent: Lent): boolean
}

const READ_ONLY = 0o444
const READ_AND_RUN = 0o555

/** `service`: what one made is not in the hands of another. */
export function openLinkPool(dir: string, service: string): LinkPool {
  const folder = join(dir, 'files', hash('sha256', service, 'hex').slice(0, 16))
  const trust = makeTrust()
  /** Which, in the order in which they were found. */
  const spoiled: string[] = []
  const modeOf = (mode: number) => ((mode & 0o100) === 0 ? READ_ONLY : READ_AND_RUN)
  const place = ({ sha256, mode }: Pooled) =>
    join(folder, sha256.slice(0, 2), modeOf(mode) === READ_ONLY ? sha256 : `${sha256}.x`)
  const learn = (path: string) => trust.trust(path, lstatSync(path))
  const has = (file: Pooled): boolean => {
    const path = place(file)
    const facts = lstatSync(path, { throwIfNoEntry: false })
    if (facts === undefined) return false
    if (trust.isTrusted(path, facts)) return true
    if (hash('sha256', readFileSync(path), 'hex') === file.sha256) {
      if ((facts.mode & 0o777) !== modeOf(file.mode)) chmodSync(path, modeOf(file.mode))
      learn(path)
      return true
    }
    trust.forget(path)
    spoiled.push(path)
    rmSync(path, { force: true })
    return false
  }
  return {
    has,
    keep(file, bytes) {
      if (has(file)) return
      const path = place(file)
      const draft = join(dir, 'arriving', randomUUID())
      writeFileSync(draft, bytes, { mode: 0o600 })
      chmodSync(draft, modeOf(file.mode))
      mkdirSync(dirname(path), { recursive: true })
      renameSync(draft, path)
      learn(path)
    },
    lend(file, target) {
      const path = place(file)
      try {
        linkSync(path, target)
        // A link is a change of the file to the system; this one was ours.
        learn(path)
        return { ...file, since: spoiled.length }
      } catch {
        // Too many links to one file, another disk, a system that has none: it is written instead.
        rmSync(target, { force: true })
        return undefined
      }
    },
    lentOf: (file) => (existsSync(place(file)) ? { ...file, since: spoiled.length } : undefined),
    isSpoiled(lent) {
      const path = place(lent)
      // Not being there is no sign: what nobody wanted for long is removed, and its links stay.
      if (existsSync(path)) has(lent)
      return spoiled.includes(path, lent.since)
    },
  }
}

export function poolsIn(dir: string): (service: string) => LinkPool {
  const pools = new Map<string, LinkPool>()
  return (service) => {
    const pool = pools.get(service) ?? openLinkPool(dir, service)
    pools.set(service, pool)
    return pool
  }
}
