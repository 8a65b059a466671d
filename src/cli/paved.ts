/** What the verbs of the paved road are handed: templates, and files for other CI systems. */

export interface CiRequest {
  /** Where the manifest stands, from the root of the repository. */
  readonly file: string
  readonly text: string
  readonly target: string
  readonly image?: string | undefined
  /** The server that jobs report to. */
  readonly report?: string | undefined
}

export interface Placed {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  readonly remedy: string
}

export type CiAnswer =
  | {
      readonly files: readonly { readonly path: string; readonly text: string }[]
      /** Jobs that run as `signalbox exec`, with the features that ask for it. */
      readonly shims: readonly { readonly job: string; readonly features: readonly string[] }[]
    }
  | { readonly problems: readonly Placed[] }

export interface CapabilityRow {
  readonly feature: string
  readonly says: string
  readonly how: 'native' | 'shim' | 'refused'
  readonly by: string
  readonly remedy?: string | undefined
}

export interface TemplateSummary {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly image?: string | undefined
  readonly deploys?: readonly string[] | undefined
  readonly inputs: Readonly<
    Record<string, { readonly default: string; readonly description: string }>
  >
  readonly changelog: readonly { readonly version: number; readonly says: string }[]
  readonly jobs: readonly string[]
}

export interface LocalJob {
  readonly name: string
  readonly run: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly idleMs: number
  readonly graceMs: number
  readonly network: 'none' | 'full'
  readonly retry?:
    | {
        readonly max: number
        readonly on: readonly string[]
        readonly fromMs: number
        readonly toMs: number
      }
    | undefined
}

export interface PavedRoad {
  readonly targets: readonly string[]
  generate(request: CiRequest): CiAnswer
  /** A request that is read from the head of a file that was generated. */
  requestIn(text: string): Omit<CiRequest, 'text'> | undefined
  capabilities(target: string): readonly CapabilityRow[]
  readonly templates: readonly TemplateSummary[]
  recognise(looked: {
    readonly files: readonly string[]
    readonly texts: Readonly<Record<string, string>>
  }): readonly { readonly template: string; readonly because: string }[]
  /** One job of a manifest, as `signalbox exec` runs it. */
  jobIn(
    request: Pick<CiRequest, 'file' | 'text'>,
    name: string,
  ): { readonly job: LocalJob } | { readonly problems: readonly Placed[] }
}
