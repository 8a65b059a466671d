/** What another policy would have said of the past: asked before it is applied. */
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import { type AppliedPolicy, policyFor, resolvePolicy } from '#gates/queries.ts'
import type { Backtest } from '../judge/backtest.ts'
import { same } from '../same.ts'
import { backtestRows, recordedIn, tryAll } from './backtests.ts'

export interface Foretold {
  readonly message: string
  /** It would do more harm than what stands. */
  readonly isWorse: boolean
}

/** Those with the most to say; trying all of a large company would take an hour. */
const SLOTS_MAX = 5

export async function foretellPolicy(
  engine: Engine,
  applied: AppliedPolicy,
): Promise<readonly Foretold[]> {
  const told: Foretold[] = []
  for (const { service, environment } of await backtestRows(engine.reads)) {
    if (told.length === SLOTS_MAX) break
    const tier = (await serviceNamed(engine.reads, service))?.tier
    const environmentKind = (await environmentNamed(engine.reads, environment))?.kind
    if (tier === undefined || environmentKind === undefined) continue
    const place = { tier, environmentKind }
    const before = (await policyFor(engine.reads, place)).row.analysis
    const { analysis } = resolvePolicy(place, applied).row
    if (same(before, analysis)) continue
    const slot = { service, environment }
    const recorded = await recordedIn(engine, slot, analysis.tickMs)
    const past =
      before.tickMs === analysis.tickMs ? recorded : await recordedIn(engine, slot, before.tickMs)
    told.push(compared(slot, await tryAll(before, past), await tryAll(analysis, recorded)))
  }
  return told
}

function compared(
  { service, environment }: { readonly service: string; readonly environment: string },
  now: Backtest,
  then: Backtest,
): Foretold {
  const place = `${service} in ${environment}`
  if (then.trials === 0)
    return {
      message: `${place}: no good rollout on record was measured so; nothing is known.`,
      isWorse: false,
    }
  const ratios = `${ratioAt(now)} before, ${ratioAt(then)} after`
  return {
    message:
      `${place}: of ${then.trials} instances that were well, ${then.rolledBack} would have been ` +
      `taken back (${now.rolledBack} as it is); found within an hour at 10 %: ${ratios}.`,
    isWorse: then.rolledBack > now.rolledBack,
  }
}

const SHOWN_WEIGHT = 10
function ratioAt({ power }: Backtest): string {
  const ratio = power.find(({ weight }) => weight === SHOWN_WEIGHT)?.ratio
  return ratio === undefined ? 'nothing' : `${ratio.toFixed(1)} times as many failures`
}
