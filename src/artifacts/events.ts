/** Facts about artifacts. An artifact is named by the digest of its OCI manifest. */
interface Fact {
  readonly at: number
  readonly by: string
}

export const PREDICATE = {
  provenance: 'https://slsa.dev/provenance/v1',
  sbom: 'https://cyclonedx.org/bom',
  testResult: 'https://in-toto.io/attestation/test-result/v0.1',
  vulns: 'https://in-toto.io/attestation/vulns/v0.2',
  release: 'https://in-toto.io/attestation/release/v0.1',
  deployment: 'https://in-toto.io/attestation/deployment/v1',
  summary: 'https://slsa.dev/verification_summary/v1',
  promotion: 'https://k8s.io/promo-tools/promotion/v1',
} as const

/** What a build brings along itself; everything else is told afterwards. */
export const BUILT: readonly (keyof typeof PREDICATE)[] = ['provenance', 'sbom']

/** What keeps an artifact: the bytes of what is referred to are never thrown away. */
export interface Reference {
  readonly artifact: string
  readonly reason:
    | 'runs'
    | 'in-flight'
    | 'rollback-window'
    | 'return-point'
    | 'waits'
    | 'vector'
    | 'evidence'
    | 'legal-hold'
    | 'newest'
    | 'undecided'
    | 'young'
  /** In words: the slot, the promotion, the plan that refers to it. */
  readonly by: string
}

export interface ScanFound {
  readonly service: string
  readonly critical: readonly string[]
}

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
      /** Made by another CI and kept elsewhere: known here by what is said of its digest. */
      readonly type: 'artifact.reported'
      readonly digest: string
      readonly service: string
      readonly repository: string
      readonly branch: string
      readonly sha: string
      readonly run: string
      readonly name: string
      readonly uri?: string | undefined
      readonly sizeBytes: number
    })
  | (Fact & {
      /** Kept beside the artifact as an OCI referrer, in a signed DSSE envelope. */
      readonly type: 'artifact.attested'
      readonly digest: string
      readonly predicateType: string
      readonly attestation: string
      readonly keyId: string
      /** The run, release or deployment that it tells of: there are several of one type. */
      readonly about?: string | undefined
      /** Of a scan: the critical ones it names, the first 200. */
      readonly found?: ScanFound | undefined
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
  | (Fact & {
      /** Nothing refers to it: its bytes are to go, and from now on nothing may start with it. */
      readonly type: 'artifact.pruned'
      readonly digest: string
      readonly reason: string
    })
  | (Fact & {
      /** Before its bytes had gone, something came to refer to it: it stays. */
      readonly type: 'artifact.spared'
      readonly digest: string
      readonly reference: Reference
    })
  | (Fact & {
      /** The bytes are gone, and what was attested with them. The record stays. */
      readonly type: 'artifact.removed'
      readonly digest: string
    })
