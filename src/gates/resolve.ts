/**
 * Which row applies: the built-in table, overlaid by the applied document, first by what it says of
 * every tier, then by what it says of this one. The answer carries the row's name, so that every
 * verdict can say who asked for what.
 */
import type { Tier } from '#catalog/events.ts'
import type { PolicyDocument, PolicyRow, TierPolicy } from './events.ts'
import {
  BUDGETS,
  builtInRow,
  type EnvironmentKind,
  rampOfTier,
  stepsOfRamp,
  withoutRamp,
} from './tier-table.ts'

export interface AppliedPolicy {
  readonly document: PolicyDocument
  /** Of the canonical document, `sha256:…`. */
  readonly digest: string
}

export interface EffectivePolicy {
  /** `default@sha256:12 characters tier-1/production`, or `built-in tier-1/production`. */
  readonly policy: string
  readonly row: TierPolicy
}

export function resolvePolicy(
  place: { readonly tier: Tier; readonly environmentKind: EnvironmentKind },
  applied?: AppliedPolicy,
): EffectivePolicy {
  const { tier, environmentKind } = place
  const overlays = [`*/${environmentKind}`, `${tier}/${environmentKind}`].flatMap((name) => {
    const rows = applied?.document.rows ?? {}
    return Object.hasOwn(rows, name) ? [rows[name] ?? {}] : []
  })
  const row = overlays.reduce(overlay, builtInRow(tier, environmentKind))
  const { count, ownersMin } = row.approvals
  return {
    policy: `${overlays.length > 0 ? nameOf(applied) : 'built-in'} tier-${tier}/${environmentKind}`,
    // A document that lowers the count means the owners among them too.
    row: { ...row, approvals: { ...row.approvals, ownersMin: Math.min(ownersMin, count) } },
  }
}

/** Long enough to tell documents apart, short enough to be read aloud. */
const DIGEST_CHARACTERS = 'sha256:'.length + 12

function nameOf(applied: AppliedPolicy | undefined): string {
  return `${applied?.document.name}@${applied?.digest.slice(0, DIGEST_CHARACTERS)}`
}

function overlay(row: TierPolicy, change: PolicyRow): TierPolicy {
  const { approvals, hotfix, emergency, analysis: _, rollbackWindow, ...plain } = change
  return {
    ...row,
    ...given(plain),
    ...climbOf(row, change),
    approvals: { ...row.approvals, ...given(approvals ?? {}) },
    hotfix: { ...row.hotfix, ...given(hotfix ?? {}) },
    emergency: { ...row.emergency, ...given(emergency ?? {}) },
    rollbackWindow: { ...row.rollbackWindow, ...given(rollbackWindow ?? {}) },
  }
}

/** Whoever plans steps has no ramp, and whoever has a ramp its steps: what was said last counts. */
function climbOf(
  row: TierPolicy,
  { steps, analysis }: PolicyRow,
): Pick<TierPolicy, 'analysis' | 'steps'> {
  const { ramp: change, budgets: own, ...plain } = analysis ?? {}
  const budgets = row.analysis.budgets ?? BUDGETS
  const said = {
    ...row.analysis,
    ...given(plain),
    ...(own && { budgets: { ...budgets, ...given(own) } }),
  }
  if (change === undefined)
    return steps === undefined
      ? { analysis: said, steps: row.steps }
      : { analysis: withoutRamp(said), steps }
  const ramp = { ...(row.analysis.ramp ?? rampOfTier(row)), ...given(change) }
  return { analysis: { ...said, ramp }, steps: stepsOfRamp(ramp) }
}

/** What is undefined was left out, and must not blot out what is there. */
function given<T extends object>(change: T): { [Field in keyof T]?: Exclude<T[Field], undefined> } {
  const set = Object.entries(change).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as { [Field in keyof T]?: Exclude<T[Field], undefined> }
}
