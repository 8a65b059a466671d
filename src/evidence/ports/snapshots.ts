/** What runs, as the target itself knows it, whoever asked for it. Filled by connectors/process. */
export interface RunningThing {
  readonly slot: { readonly service: string; readonly environment: string }
  /** The deployment that it calls itself. */
  readonly group: string
  readonly version: string
  /** Of the files that it was started from, `sha256:…`. */
  readonly artifact: string
  /** Percent of the slot's traffic. */
  readonly weight: number
  readonly instances: number
  /** Whether those files are still as they were unpacked; null: nobody can say. */
  readonly isIntact: boolean | null
}

export interface Snapshots {
  /** Undefined: the target cannot be asked, and nothing follows from that. */
  take(): Promise<readonly RunningThing[] | undefined>
}
