/**
 * The documents of OCI, made and read: the manifest around a tarball, the manifest of a referrer
 * and the list of a subject's referrers. The same input gives the same bytes, and so the same
 * digest. Words and shapes are those of https://github.com/opencontainers/image-spec (v1.1).
 */
import { z } from 'zod'

export const MEDIA = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  tar: 'application/vnd.oci.image.layer.v1.tar',
  tarGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

export const REF_NAME = 'org.opencontainers.image.ref.name'
const TITLE = 'org.opencontainers.image.title'
/** The content of a config that says nothing, fixed by the specification. */
export const EMPTY_CONFIG = '{}'

export type Annotations = Readonly<Record<string, string>>

const annotations = z.record(z.string(), z.string())
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
/** Loose: what another tool wrote into an entry stays there. */
export const descriptor = z.looseObject({
  mediaType: z.string(),
  digest,
  size: z.int().min(0),
  artifactType: z.string().optional(),
  annotations: annotations.optional(),
})
export type Descriptor = z.infer<typeof descriptor>

export const imageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(descriptor),
})
export type ImageIndex = z.infer<typeof imageIndex>

export const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA.manifest),
  artifactType: z.string().optional(),
  config: descriptor,
  /** What we write has one layer: the tarball, or the body of the attestation. */
  layers: z.tuple([descriptor]),
  subject: descriptor.optional(),
  annotations: annotations.optional(),
})

/**
 * The config that lets every OCI tool inspect the artifact. A tarball runs anywhere its contents
 * do, so it claims no platform, and no date either: the same input must give the same digest.
 */
export function artifactConfig(name: string, diffId: string): string {
  return JSON.stringify({
    architecture: 'unknown',
    os: 'unknown',
    config: { Labels: { [TITLE]: name } },
    rootfs: { type: 'layers', diff_ids: [diffId] },
  })
}

export function artifactManifest(
  config: Descriptor,
  layer: Descriptor,
  notes: Annotations,
): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config,
    layers: [layer],
    annotations: sorted(notes),
  })
}

export function referrerManifest(about: {
  readonly artifactType: string
  readonly config: Descriptor
  readonly body: Descriptor
  readonly subject: Descriptor
  readonly annotations: Annotations
}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: about.artifactType,
    config: about.config,
    layers: [about.body],
    subject: about.subject,
    annotations: sorted(about.annotations),
  })
}

export function referrersIndex(manifests: readonly Descriptor[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.index, manifests })
}

/** The tag under which a subject's referrers are listed where there is no API to ask for them. */
export function referrersTag(subject: string): string {
  return subject.replace(':', '-')
}

export function sorted(notes: Annotations): Annotations {
  return Object.fromEntries(Object.entries(notes).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
