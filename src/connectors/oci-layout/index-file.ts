/**
 * index.json, the catalogue of a layout. It is changed under a lock that other processes respect
 * and replaced whole, so a reader sees it before or after a change; what is read is kept until the
 * file is another one.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { unlessAbsent } from '../shared/disk-fault.ts'
import { writeDurably } from '../shared/durable-file.ts'
import { withFileLock } from '../shared/file-lock.ts'
import type { Folders } from './blobs.ts'
import { type Descriptor, type ImageIndex, MEDIA, imageIndex } from './manifests.ts'

/** A change takes milliseconds; whoever waits this long waits for something that hangs. */
const LOCK_WAIT_MS = 30_000
/**
 * About 50 MB of JSON, rewritten with each change: long before that retention should have acted.
 */
const ENTRIES_MAX = 200_000
const EMPTY: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.index, manifests: [] }

export class IndexFile {
  readonly #path: string
  readonly #lock: string
  readonly #temporary: string
  #read: { readonly identity: string; readonly index: ImageIndex } | undefined

  constructor({ layout, temporary }: Folders, lock: string) {
    this.#path = join(layout, 'index.json')
    this.#lock = lock
    this.#temporary = temporary
  }

  async entries(): Promise<readonly Descriptor[]> {
    return (await this.#load()).manifests
  }

  /** Replaces the entries by what the edit makes of them; the same array means no change. */
  change(
    edit: (
      entries: readonly Descriptor[],
    ) => readonly Descriptor[] | Promise<readonly Descriptor[]>,
  ): Promise<void> {
    return withFileLock(this.#lock, { waitMs: LOCK_WAIT_MS, busy }, async () => {
      const index = await this.#load()
      const manifests = await edit(index.manifests)
      if (manifests === index.manifests && index !== EMPTY) return
      if (manifests.length > ENTRIES_MAX) throw full()
      const next = { ...index, manifests: [...manifests] }
      await writeDurably(this.#path, JSON.stringify(next), { temporary: this.#temporary })
      this.#read = { identity: await this.#identity(), index: next }
    })
  }

  async #load(): Promise<ImageIndex> {
    const identity = await this.#identity()
    if (identity === ABSENT) return EMPTY
    if (this.#read?.identity === identity) return this.#read.index
    const index = parse(await readFile(this.#path, 'utf8'), this.#path)
    // A file replaced between the two reads has another identity, and is read again next time.
    this.#read = { identity, index }
    return index
  }

  /** Differs whenever the file was replaced, by whomever. */
  async #identity(): Promise<string> {
    const found = await stat(this.#path, { bigint: true }).catch(unlessAbsent)
    return found === undefined ? ABSENT : `${found.ino} ${found.size} ${found.mtimeNs}`
  }
}

const ABSENT = 'absent'

function parse(text: string, path: string): ImageIndex {
  try {
    return imageIndex.parse(JSON.parse(text))
  } catch (error) {
    throw new Fault('registry.tampered', `${path} is not an OCI image index.`, {
      remedy: 'Restore the file from a backup; the blobs beside it are not affected.',
      retry: false,
      cause: error,
    })
  }
}

const busy = () =>
  new Fault('registry.busy', 'Another process has been changing the registry for too long.', {
    remedy: 'Find the process that holds `.signalbox/lock` in the registry folder and end it.',
  })

const full = () =>
  new Fault('registry.full', `The registry lists more than ${ENTRIES_MAX} manifests.`, {
    remedy: 'Remove artifacts that nothing needs, or move to a registry server.',
    retry: false,
  })
