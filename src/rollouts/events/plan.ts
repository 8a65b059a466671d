/** What exactly is to be done, as facts carry it: kept for ever, so never rename a field. */
import type { AnalysisSource } from '#catalog/events.ts'
import type { NoReturn } from './no-return.ts'
import type { Shadow } from './shadows.ts'

export interface RolloutStep {
  /** Percent of traffic on the new release. */
  readonly weight: number
  /** How long it must stay healthy there before the next. */
  readonly bakeMs: number
  /** Of a batch: how many instances run the new release from here on. Left out: all of them. */
  readonly instances?: number | undefined
  /** The wave whose instances are replaced in this step. */
  readonly wave?: string | undefined
}

export type Strategy = 'rolling' | 'blue-green' | 'canary'

/** How much of a hurry it is in. A hotfix shows the same evidence, and waits less. */
export type Priority = 'normal' | 'hotfix' | 'emergency'

/** An environment that a release passes by, and why. */
export interface Skip {
  readonly environment: string
  readonly reason: string
}

/** What an approval signs: change any of it and the approval is void. */
export interface PromotionPlan {
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly version: string
  readonly artifact: string
  readonly strategy: Strategy
  readonly steps: readonly RolloutStep[]
  /** After 100 %. */
  readonly bakeMs: number
  /** How long new instances may take to become ready before the rollout is undone. */
  readonly readyMs: number
  readonly replicas: number
  /** Names of its waves in their order; the last one ends at 100 %. */
  readonly waves?: readonly string[] | undefined
  /** Of blue-green: for so long after its end the release before is kept running. */
  readonly warmMs?: number | undefined
  readonly argv: readonly string[]
  readonly health: string
  /** What the smoke test asks for. Left out: the health path. */
  readonly smoke?: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly policy: string
  /** Left out: normal. */
  readonly priority?: Exclude<Priority, 'normal'> | undefined
  /** Left out: none. */
  readonly skips?: readonly Skip[] | undefined
  readonly analysis: AnalysisSettings
  /** What of it nobody can undo, where a person has to answer for that. */
  readonly noReturn?: NoReturn | undefined
}

/** The canary judge's settings, from the tier's row; units as in research: see judge/README. */
export interface AnalysisSettings {
  /** Chance of rolling back a release that is no worse, at most. */
  readonly alpha: number
  /** Absolute excess failure share below which nothing is ever rolled back. */
  readonly delta: number
  readonly tickMs: number
  /** Fewer requests than this on the canary and a step cannot be called healthy. */
  readonly requestsMin: number
  readonly automaticRollback: boolean
  /** Share of failures that is never borne: the service's own promise. */
  readonly badShareMax?: number | undefined
  /** How a fresh instance does, by the service's own history: so many times the failures. */
  readonly coldStart?: { readonly ms: number; readonly ratio: number } | undefined
  /** Metrics that are new here: judged and shown, and nothing is done about them. */
  readonly dryRun?: readonly string[] | undefined
  /** In how many rollouts of a slot a metric is judged and shown before it may take one back. */
  readonly dryRunRollouts?: number | undefined
  /** How long in a row a verdict may say nothing before a person is asked; left out: for ever. */
  readonly budgets?: { readonly errorMs: number; readonly inconclusiveMs: number } | undefined
  readonly ramp?: RiskRamp | undefined
  /** Where it is measured, as the service says. Left out: by the router. */
  readonly source?: AnalysisSource | undefined
  /** Judges of other tools, asked beside ours; they decide nothing. */
  readonly shadows?: readonly Shadow[] | undefined
}

/** The rows "canary", "bake" and "not proven in time" of the table of tiers; weights in percent. */
export interface RiskRamp {
  /** Bad requests that may be served before a reaction. */
  readonly budget: number
  readonly weightCap: number
  readonly capMs: number
  readonly halfMs: number
  readonly holdBack?: { readonly weight: number; readonly ms: number } | undefined
  readonly patienceMs: number
  readonly whenUnproven: 'ask' | 'go-on'
}
