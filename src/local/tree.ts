/**
 * The files of a person's own tree, as runs on this machine know them: which are inputs, what they
 * hold, and whether the outputs of a job still lie there as they were made. A file that looks as it
 * did when it was last read is not read again.
 */
import { hash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { markOf } from '#kernel/trust.ts'
import type { Entry } from '../pipelines/protocol/outputs.ts'
import { listFiles } from '../runner/files.ts'
import { compileGlobs, type Globs } from '../runner/glob.ts'
import { type InputFile, readInputs } from '../runner/input-files.ts'

/** A file that changed so lately may change again without looking any different. */
const RACE_MS = 100
/** Stands for no mark at all: it is read again. */
const YOUNG = ''
const KNOWN_MAX = 500_000
/** Of the tool itself and of git: never inputs. */
const APART: ReadonlySet<string> = new Set(['.git', '.signalbox'])

export interface Tree {
  /** The inputs of a job, without what jobs of this pipeline make. */
  inputs(folder: string, globs: Globs): Promise<InputFile[]>
  /** Whether it lies there as it was made. */
  has(folder: string, entry: Entry, about: { readonly isWritable: boolean }): boolean
  /** These are what lies there now. */
  learn(folder: string, entries: readonly Entry[]): void
  /** What a job has made before, so that it is made anew. */
  clear(folder: string, job: string): void
  /** What lies there is this job's. */
  own(job: string, entries: readonly Entry[]): void
  close(): void
}

type Known = Record<string, readonly [mark: string, sha256: string]>
type Owned = Record<string, readonly string[]>

export function openTree(file: string, outputs: readonly string[]): Tree {
  const saved = read(file)
  const files = openKnown(saved.known)
  const owned = new Map(Object.entries(saved.owned))
  const made = compileGlobs(outputs.filter((glob) => !glob.startsWith('!')))
  let isOwnerChanged = false
  const { remember, shaOf } = files
  return {
    async inputs(folder, globs) {
      const own: Globs = {
        ...globs,
        matches: (path) => globs.matches(path) && !made.matches(path),
        mayHold: (path) => !APART.has(path.split('/', 1)[0] ?? '') && globs.mayHold(path),
      }
      const found = await listFiles(folder, own)
      return readInputs(folder, found, shaOf)
    },
    has(folder, entry, { isWritable }) {
      const path = join(folder, entry.path)
      const facts = lstatSync(path, { throwIfNoEntry: false })
      if ('link' in entry)
        return facts?.isSymbolicLink() === true && readlinkSync(path) === entry.link
      if (facts?.isFile() !== true || facts.size !== entry.size) return false
      const isApart = facts.nlink === 1 && (facts.mode & 0o200) !== 0
      if (isWritable && !isApart) return false
      const isRunnable = (facts.mode & 0o100) !== 0
      return isRunnable === (entry.mode === 0o755) && shaOf(path) === entry.sha256
    },
    learn(folder, entries) {
      for (const entry of entries)
        if ('blob' in entry && entry.sha256 !== undefined)
          remember(join(folder, entry.path), entry.sha256)
    },
    clear(folder, job) {
      for (const path of owned.get(job) ?? []) rmSync(join(folder, path), { force: true })
    },
    own(job, entries) {
      owned.set(
        job,
        entries.map(({ path }) => path),
      )
      isOwnerChanged = true
    },
    close() {
      if (!isOwnerChanged && !files.isChanged()) return
      const text = JSON.stringify({
        known: files.lasting(),
        owned: Object.fromEntries(owned),
      })
      writeFileSync(`${file}.next`, text)
      renameSync(`${file}.next`, file)
    },
  }
}

/** What files hold, as long as they look as they did. */
function openKnown(saved: Known) {
  const known = new Map(Object.entries(saved))
  let isChanged = false
  const remember = (path: string, sha256: string) => {
    const facts = lstatSync(path, { throwIfNoEntry: false })
    if (facts?.isFile() !== true) return
    const isYoung = Date.now() - facts.ctimeMs < RACE_MS
    known.set(path, [isYoung ? YOUNG : markOf(facts), sha256])
    isChanged = true
  }
  return {
    remember,
    shaOf(path: string, facts = lstatSync(path, { throwIfNoEntry: false })): string | undefined {
      if (facts?.isFile() !== true) return undefined
      const [mark, sha256] = known.get(path) ?? []
      if (mark === markOf(facts)) return sha256
      const content = hash('sha256', readFileSync(path), 'hex')
      remember(path, content)
      return content
    },
    isChanged: () => isChanged,
    lasting(): Known {
      const old = [...known].filter(([, [mark]]) => mark !== YOUNG)
      return Object.fromEntries(old.slice(-KNOWN_MAX))
    },
  }
}

function read(file: string): { readonly known: Known; readonly owned: Owned } {
  try {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof read>
  } catch {
    // Everything is read once more.
  }
  return { known: {}, owned: {} }
}
