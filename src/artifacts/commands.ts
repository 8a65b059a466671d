/** What may be asked of an artifact: only the platform asks, and an admin to prune it. */
import type { Reference, ScanFound } from './events.ts'

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
  | (Asked &
      ArtifactSource & {
        readonly type: 'artifact.report'
        readonly name: string
        readonly uri?: string | undefined
        readonly sizeBytes: number
      })
  | (Asked & {
      readonly type: 'artifact.attest'
      readonly predicateType: string
      readonly attestation: string
      readonly keyId: string
      readonly about?: string | undefined
      readonly found?: ScanFound | undefined
    })
  | (Asked & { readonly type: 'artifact.recordFailure'; readonly reason: string })
  | (Asked & {
      readonly type: 'artifact.prune'
      readonly reason: string
      /** Asked for in the same transaction. */
      readonly references: readonly Reference[]
    })
  | (Asked & { readonly type: 'artifact.spare'; readonly reference: Reference })
  | (Asked & { readonly type: 'artifact.remove' })
