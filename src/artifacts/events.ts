/** Facts about artifacts. An artifact is named by the digest of its OCI manifest. */
interface Fact {
  readonly at: number
  readonly by: string
}

export const PREDICATE = {
  provenance: 'https://slsa.dev/provenance/v1',
  sbom: 'https://cyclonedx.org/bom',
} as const

export type ArtifactEvent =
  | (Fact & {
      readonly type: 'artifact.published'
      readonly digest: string
      readonly service: string
      readonly repository: string
      readonly branch: string
      readonly sha: string
      readonly run: string
      /** The tarball inside. */
      readonly layer: string
      readonly sizeBytes: number
      readonly files: number
    })
  | (Fact & {
      /** Kept beside the artifact as an OCI referrer, in a signed DSSE envelope. */
      readonly type: 'artifact.attested'
      readonly digest: string
      readonly predicateType: string
      readonly attestation: string
      readonly keyId: string
    })
  | (Fact & {
      /** Everything the build owes is there: only now may a release be made of it. */
      readonly type: 'artifact.completed'
      readonly digest: string
      readonly service: string
      readonly repository: string
      readonly branch: string
      readonly sha: string
      readonly run: string
    })
  | (Fact & {
      readonly type: 'artifact.verificationFailed'
      readonly digest: string
      readonly reason: string
    })
