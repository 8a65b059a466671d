/** Recorded rollouts to try settings on, and what was last found. */
import type { Engine } from '#engine/engine.ts'
import type { Reads } from '#engine/sql.ts'
import { history } from '#engine/store.ts'
import type { DeploymentEvent } from '../events.ts'
import type { AnalysisSettings } from '../events/plan.ts'
import { type Backtest, type Recorded, summarise, tryOut } from '../judge/backtest.ts'
import type { Slot } from '../ports.ts'
import { deployments } from '../queries.ts'
import type { BacktestRow } from '../views/backtests.ts'

/** A month of a busy service; older ones are another service by now. */
const ROLLOUTS_MAX = 20
/** A tick that is longer or shorter is another experiment: its counts are not comparable. */
const isOfTick = (
  tickMs: number,
  row: { readonly plan: { readonly analysis: AnalysisSettings } },
) => row.plan.analysis.tickMs === tickMs

export async function lastBacktest(reads: Reads, slot: Slot): Promise<BacktestRow | undefined> {
  return reads
    .withTables<{ backtests: BacktestRow }>()
    .selectFrom('backtests')
    .selectAll()
    .where('service', '=', slot.service)
    .where('environment', '=', slot.environment)
    .executeTakeFirst()
}

/** All slots that have one, those with the most trials first. */
export async function backtestRows(reads: Reads): Promise<readonly BacktestRow[]> {
  const rows = await reads
    .withTables<{ backtests: BacktestRow }>()
    .selectFrom('backtests')
    .selectAll()
    .execute()
  return rows.toSorted((a, b) => b.found.trials - a.found.trials)
}

/** Tries settings on the slot's last good rollouts. */
export async function backtestNow(
  engine: Engine,
  slot: Slot,
  analysis: AnalysisSettings,
): Promise<Backtest> {
  return tryAll(analysis, await recordedIn(engine, slot, analysis.tickMs))
}

/** What the slot's last good rollouts of this tick recorded. */
export async function recordedIn(
  engine: Engine,
  { service, environment }: Slot,
  tickMs: number,
): Promise<readonly Recorded[]> {
  const asked = { service, environment, outcome: 'succeeded', limit: ROLLOUTS_MAX } as const
  const rows = (await deployments(engine.reads, asked)).filter((row) => isOfTick(tickMs, row))
  const recorded: Recorded[] = []
  for (const { id } of rows) recorded.push({ deployment: id, ticks: await ticksIn(engine, id) })
  return recorded
}

/** Between two rollouts, others have their turn. */
export async function tryAll(
  analysis: AnalysisSettings,
  recorded: readonly Recorded[],
): Promise<Backtest> {
  const trials: ReturnType<typeof tryOut>[number][] = []
  for (const one of recorded) {
    trials.push(...tryOut(analysis, one))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return summarise(analysis, recorded, trials)
}

async function ticksIn({ database }: Engine, deployment: string) {
  const events = await history(database, `deployment-${deployment}`)
  return events.flatMap(({ event: told }) => {
    const event = told as DeploymentEvent
    return event.type === 'deployment.measured' ? [event.tick] : []
  })
}
