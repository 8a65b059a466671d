/**
 * A registry in a folder: an OCI image layout, which skopeo, oras and regctl read as it stands. An
 * artifact is a manifest around one tarball, its attestations are referrers. README.md has the plan
 * of the folder.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { Registry } from '#artifacts/ports.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { sweepTemporary, writeDurably } from '../shared/durable-file.ts'
import {
  type Folders,
  areThere,
  blobPath,
  checkFile,
  putBytes,
  putFile,
  readBlob,
} from './blobs.ts'
import { entryNamed, withManifest, withName, withNameMoved } from './entries.ts'
import { IndexFile } from './index-file.ts'
import {
  type Annotations,
  type Descriptor,
  EMPTY_CONFIG,
  MEDIA,
  artifactConfig,
  artifactManifest,
  imageIndex,
  manifest as manifestShape,
  referrerManifest,
  referrersIndex,
  referrersTag,
} from './manifests.ts'
import { withoutManifests } from './removal.ts'

const DISK = { noSpace: 'registry.no-space', unusable: 'registry.unusable' } as const
/** What registry servers take at most, so that an artifact can always move to one. */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024
/** Leaves room for the rest of a manifest many times over. */
const ANNOTATIONS_LENGTH_MAX = 64 * 1024
/** A signed bill of materials of ten thousand parts is about 12 MiB. */
const ATTACHMENT_BYTES_MAX = 32 * 1024 * 1024
/** Attestations of one artifact: two of ours, and whatever scanners add in its life. */
const REFERRERS_MAX = 1000
const LAYOUT_VERSION = '1.0.0'
/** The specification's grammar for names, bounded, without the `@` that some tools cut at. */
const TAG = /^(?=.{1,200}$)[A-Za-z0-9]+(?:(?:[-._:+/]|--)[A-Za-z0-9]+)*$/
/** Names of this form list referrers. */
const REFERRERS_TAG = /^sha256-[0-9a-f]{64}$/

/**
 * Makes the layout when there is none. Beside what the port promises, everything may throw Fault
 * `registry.no-space`, `registry.unusable`, `registry.busy`, and `registry.refused` for input that
 * no registry would take.
 */
export function openOciLayout(folder: string): Promise<Registry> {
  const own = join(folder, '.signalbox')
  const folders = { layout: folder, temporary: join(own, 'unfinished') }
  return onDisk(DISK, folder, async () => {
    await mkdir(folders.temporary, { recursive: true })
    await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true })
    await sweepTemporary(folders.temporary)
    await markLayout(folders)
    const index = new IndexFile(folders, join(own, 'lock'))
    await index.change((entries) => entries)
    return guarded(new OciLayout(folders, index), folder)
  })
}

class OciLayout implements Registry {
  readonly #folders: Folders
  readonly #index: IndexFile

  constructor(folders: Folders, index: IndexFile) {
    this.#folders = folders
    this.#index = index
  }

  async push({ name, layer, annotations }: Parameters<Registry['push']>[0]) {
    checkText(name, annotations)
    const { digest, path, sizeBytes: size } = layer
    const put = async () => {
      const { mediaType, diffId } = await putFile(this.#folders, { digest, path, size })
      const config = await this.#put(MEDIA.config, artifactConfig(name, diffId))
      const made = artifactManifest(config, { mediaType, digest, size }, annotations)
      const entry = await this.#put(MEDIA.manifest, made)
      return { entry, blobs: [digest, config.digest, entry.digest] }
    }
    const { entry, blobs } = await put()
    await this.#index.change((entries) => withManifest(entries, entry))
    // Before it was listed a removal may have taken it for rubbish; now none does.
    if (!(await areThere(this.#folders, blobs))) await put()
    return { digest: entry.digest }
  }

  async attach(attachment: Parameters<Registry['attach']>[0]) {
    const { artifactType, body: bytes, annotations } = attachment
    checkText(artifactType, annotations)
    if (bytes.length > ATTACHMENT_BYTES_MAX)
      throw refused(`An attachment has at most ${ATTACHMENT_BYTES_MAX} bytes.`)
    const subject = await this.#describe(attachment.subject, attachment.elsewhereBytes)
    const put = async () => {
      const config = await this.#put(MEDIA.empty, EMPTY_CONFIG)
      const body = await this.#put(artifactType, bytes)
      const made = referrerManifest({ artifactType, config, body, subject, annotations })
      const entry = { ...(await this.#put(MEDIA.manifest, made)), artifactType, annotations }
      return { entry, blobs: [config.digest, body.digest, entry.digest] }
    }
    const { entry, blobs } = await put()
    await this.#list(subject.digest, entry)
    if (!(await areThere(this.#folders, blobs))) await put()
    return { digest: entry.digest }
  }

  async referrers(subject: string, artifactType: string) {
    blobPath(this.#folders, subject) // refuses what is no digest
    const listed = await this.#listed(await this.#index.entries(), subject)
    const found: { readonly digest: string; readonly body: Uint8Array }[] = []
    for (const entry of listed) {
      if (entry.artifactType !== artifactType) continue
      const { manifest } = await this.#manifest(entry.digest)
      // The list is only a hint: the referrer itself says what it is and what it speaks of.
      if (manifest.artifactType !== artifactType || manifest.subject?.digest !== subject) continue
      const [layer] = manifest.layers
      const body = await readBlob(this.#folders, layer.digest, ATTACHMENT_BYTES_MAX)
      found.push({ digest: entry.digest, body })
    }
    return found
  }

  async pull(digest: string) {
    const { manifest } = await this.#manifest(digest)
    await readBlob(this.#folders, manifest.config.digest, MANIFEST_BYTES_MAX)
    const [layer] = manifest.layers
    const path = blobPath(this.#folders, layer.digest)
    await checkFile(path, layer)
    return {
      layer: { digest: layer.digest, path, sizeBytes: layer.size },
      annotations: manifest.annotations ?? {},
    }
  }

  async tag(digest: string, name: string) {
    if (!TAG.test(name) || REFERRERS_TAG.test(name))
      throw refused(`${JSON.stringify(name.slice(0, 80))} cannot name an artifact.`)
    const named = await this.#describe(digest)
    await this.#index.change((entries) => withName(entries, named, name))
  }

  remove(digests: readonly string[]) {
    return this.#index.change((entries) => withoutManifests(this.#folders, entries, digests))
  }

  async #put(mediaType: string, bytes: Uint8Array | string): Promise<Descriptor> {
    return { mediaType, ...(await putBytes(this.#folders, bytes)) }
  }

  /** Adds the referrer to the list of its subject's, once. */
  #list(subject: string, entry: Descriptor): Promise<void> {
    return this.#index.change(async (entries) => {
      const listed = await this.#listed(entries, subject)
      if (listed.some(({ digest }) => digest === entry.digest)) return entries
      if (listed.length >= REFERRERS_MAX)
        throw refused(`An artifact has at most ${REFERRERS_MAX} referrers.`)
      const list = await this.#put(MEDIA.index, referrersIndex([...listed, entry]))
      return withNameMoved(entries, list, referrersTag(subject))
    })
  }

  async #listed(entries: readonly Descriptor[], subject: string): Promise<readonly Descriptor[]> {
    const list = entryNamed(entries, referrersTag(subject))
    if (list === undefined) return []
    const bytes = await readBlob(this.#folders, list.digest, MANIFEST_BYTES_MAX)
    return parsed(imageIndex, bytes, list.digest).manifests
  }

  async #describe(digest: string, elsewhereBytes?: number): Promise<Descriptor> {
    if (elsewhereBytes !== undefined) {
      blobPath(this.#folders, digest) // refuses what is no digest
      return { mediaType: MEDIA.manifest, digest, size: elsewhereBytes }
    }
    const { size } = await this.#manifest(digest)
    return { mediaType: MEDIA.manifest, digest, size }
  }

  async #manifest(digest: string) {
    const bytes = await readBlob(this.#folders, digest, MANIFEST_BYTES_MAX)
    return { manifest: parsed(manifestShape, bytes, digest), size: bytes.length }
  }
}

function guarded(registry: Registry, folder: string): Registry {
  const guard = <T>(work: () => Promise<T>) => onDisk(DISK, folder, work)
  return {
    push: (artifact) => guard(() => registry.push(artifact)),
    attach: (attachment) => guard(() => registry.attach(attachment)),
    referrers: (subject, type) => guard(() => registry.referrers(subject, type)),
    pull: (digest) => guard(() => registry.pull(digest)),
    tag: (digest, name) => guard(() => registry.tag(digest, name)),
    remove: (digests) => guard(() => registry.remove(digests)),
  }
}

async function markLayout({ layout, temporary }: Folders): Promise<void> {
  const path = join(layout, 'oci-layout')
  const mark = JSON.stringify({ imageLayoutVersion: LAYOUT_VERSION })
  const found = await readFile(path, 'utf8').catch(unlessAbsent)
  if (found === undefined) return writeDurably(path, mark, { temporary })
  if (!found.includes(`"${LAYOUT_VERSION}"`))
    throw refused(`${path} is not an OCI image layout of version ${LAYOUT_VERSION}.`)
}

/** Right bytes of the wrong kind: another tool's image, or a list where a manifest was meant. */
function parsed<T>(shape: { parse(value: unknown): T }, bytes: Uint8Array, digest: string): T {
  try {
    return shape.parse(JSON.parse(Buffer.from(bytes).toString()))
  } catch (error) {
    throw refused(`${digest} is not a manifest around one tarball.`, error)
  }
}

function checkText(name: string, annotations: Annotations): void {
  if (name === '' || name.length > 200) throw refused('A name has 1 to 200 characters.')
  if (JSON.stringify(annotations).length > ANNOTATIONS_LENGTH_MAX)
    throw refused(`Annotations have at most ${ANNOTATIONS_LENGTH_MAX} characters together.`)
  // JSON carries the key, and most readers lose it: it would be signed and not seen.
  if (Object.hasOwn(annotations, '__proto__')) throw refused('No annotation is called __proto__.')
}

const refused = (message: string, cause?: unknown) =>
  new Fault('registry.refused', message, {
    remedy: 'Push what the package job made, unchanged, and name it plainly.',
    retry: false,
    cause,
  })
