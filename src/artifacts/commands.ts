/** What may be asked of an artifact: only the platform asks. */
interface Asked {
  readonly at: number
  readonly by: string
  readonly digest: string
}

export interface ArtifactSource {
  readonly service: string
  readonly repository: string
  readonly branch: string
  readonly sha: string
  readonly run: string
}

export type ArtifactCommand =
  | (Asked &
      ArtifactSource & {
        readonly type: 'artifact.publish'
        readonly layer: string
        readonly sizeBytes: number
        readonly files: number
      })
  | (Asked & {
      readonly type: 'artifact.attest'
      readonly predicateType: string
      readonly attestation: string
      readonly keyId: string
    })
  | (Asked & { readonly type: 'artifact.recordFailure'; readonly reason: string })
