/** The logs of a whole run, where they lie. Filled by connectors/files. */
export interface RunLogs {
  /** One a file, by name; none where the run left none. */
  factsOf(run: string): Promise<readonly LogFacts[]>
  /** Each file says these words from now on, and nothing of what it said. Twice is harmless. */
  drop(run: string, words: string): Promise<void>
}

export interface LogFacts {
  readonly file: string
  readonly bytes: number
  /** `sha256:…` */
  readonly digest: string
}
