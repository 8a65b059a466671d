/** A bundle in a folder, checked where it lies: no server and no database is asked. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { BundleFiles } from '#evidence/bundle/layout.ts'
import { type BundleReport, verifyBundle } from '#evidence/bundle/verify.ts'
import { Fault } from '#kernel/fault.ts'

/** One file of a bundle is small; what is larger was not written by us. */
const FILE_BYTES_MAX = 64 * 1024 * 1024
const FILES_MAX = 2_000_000

export interface OwnTrust {
  /** vkeys. */
  readonly vkeys?: readonly string[] | undefined
  /** Files. */
  readonly policy?: string | undefined
  readonly tsa?: string | undefined
}

export function verifyFolder(folder: string, trust: OwnTrust): BundleReport {
  const [policy, tsa] = [trust.policy, trust.tsa].map((file) => file && textOf(file))
  return verifyBundle(filesIn(folder), { vkeys: trust.vkeys, policy, tsa })
}

function filesIn(folder: string): BundleFiles {
  const paths = readable(folder, () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/'))
      .sort(),
  )
  if (paths.length > FILES_MAX) throw unreadable(`${folder} holds more than ${FILES_MAX} files.`)
  const known = new Set(paths)
  return {
    list: () => paths,
    read(path) {
      if (!known.has(path)) return undefined
      const file = join(folder, path)
      return readable(file, () => {
        if (statSync(file).size > FILE_BYTES_MAX) throw new Error('it is too large for a bundle')
        return readFileSync(file)
      })
    },
  }
}

const textOf = (file: string): string => readable(file, () => readFileSync(file, 'utf8'))

function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw unreadable(`${path} cannot be read: ${why}.`, cause)
  }
}

const unreadable = (message: string, cause?: unknown) =>
  new Fault('evidence.unreadable', message, {
    remedy: 'Name the folder that `signalbox evidence export` wrote.',
    retry: false,
    cause,
  })
