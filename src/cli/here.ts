/** What the verb `run` is handed: the pipeline of a repository, run on this machine. */
import type { Placed } from './paved.ts'
import type { Repository } from './repository.ts'

export interface HereRequest {
  readonly repository: Repository
  /** None: all that may run. */
  readonly jobs: readonly string[]
  readonly inputs: Readonly<Record<string, string>>
  readonly isCacheRead: boolean
  readonly slots: number
  /** What jobs may have of this machine: `env:CI_*`. */
  readonly secrets: string
  readonly docker?: string | undefined
  /** Goes on with the run that was killed. */
  readonly isResumed: boolean
  readonly signal: AbortSignal
}

export interface HereListener {
  onBegin(job: string): void
  onLog(job: string, bytes: Uint8Array): void
  onEnd(job: HereJob): void
  onNote(text: string): void
}

export interface HereJob {
  readonly name: string
  readonly needs: readonly string[]
  readonly outcome: string
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly exitCode?: number | undefined
  readonly attempt: number
  readonly durationMs: number
  readonly cacheKey?: string | undefined
  /** Why nothing ran: everything before it was as it was, or came to the same. */
  readonly hit?: 'definition' | 'content' | undefined
  /** What it took when it was made. */
  readonly savedMs?: number | undefined
  /** Where its log is. */
  readonly log?: string | undefined
}

export interface HereRun {
  readonly run: string
  readonly outcome: string
  readonly jobs: readonly HereJob[]
  /** Change the world, or need one that does, and were not named. */
  readonly left: readonly string[]
  /** May have changed the world when they were killed: a person has to look. */
  readonly doubted: readonly string[]
  readonly wallMs: number
  readonly criticalPath: { readonly jobs: readonly string[]; readonly ms: number }
  /** What the run would have been shorter by with a processor for every job. */
  readonly byRunnersMs: number
  /** And had everything been found that can be. */
  readonly byCacheMs: number
  readonly savedMs: number
}

export interface HereDifference {
  readonly part: string
  readonly was?: string | undefined
  readonly is?: string | undefined
  /** Of a job before it: what differs there. */
  readonly because?: readonly HereDifference[] | undefined
}

export interface HereExplanation {
  readonly job: string
  /**
   * `cached`: nothing would run. `depends`: it runs unless jobs before it make what they made
   * before. `uncached`: it is never answered from the cache.
   */
  readonly verdict: 'cached' | 'runs' | 'depends' | 'uncached'
  readonly because: string
  readonly key?: string | undefined
  /** When what it is compared with was made or used. */
  readonly lastAt?: number | undefined
  readonly differences: readonly HereDifference[]
}

export type Refused = { readonly problems: readonly Placed[] }

export interface Here {
  run(request: HereRequest, listener: HereListener): Promise<HereRun | Refused>
  explain(
    request: Pick<HereRequest, 'repository' | 'inputs'>,
    /** None: all that would run. */
    jobs: readonly string[],
  ): Promise<readonly HereExplanation[] | Refused>
}
