/** What one tick saw: by the router's own counters, or by what the service's source counted. */
import { Fault } from '#kernel/fault.ts'
import type { Running, Undoing } from '../deployment-state.ts'
import type { AnalysisTick } from '../events.ts'
import {
  type ArmName,
  type InstanceCounters,
  LATENCY_BOUNDS_MS,
  type MetricsAsk,
  type Slot,
} from '../ports.ts'
import { deploymentNamed } from '../queries.ts'
import { lastBacktest } from '../queries/backtests.ts'
import { sliTicks, startMeter, tickFrom, tickOf } from '../ticks.ts'
import type { Memory } from './memory.ts'
import type { RolloutNeeds } from './needs.ts'

export interface Metered {
  readonly id: string
  readonly state: Running | Undoing
  readonly stable: string | undefined
  readonly memory: Memory
}

const TROUBLE_MAX = 500
/** Enough to know a share by, and not so much that a source would mind. */
const PAST_MS = 10 * 60_000
const NOTHING: AnalysisTick = { canary: null, stable: null, pods: [] }

/** What was counted before the first request of this release belongs to no tick. */
export async function startMetering(needs: RolloutNeeds, metered: Metered): Promise<void> {
  const { state, memory } = metered
  if (memory.meter !== undefined || state.about.plan.analysis.source !== undefined) return
  const counters = await countersOf(needs, state.about)
  if (counters !== undefined) memory.meter = startMeter(counters)
}

/** Counters that cannot be read are a tick without numbers: the judge makes of that what it is. */
export async function measure(needs: RolloutNeeds, metered: Metered): Promise<AnalysisTick> {
  const { id, state, stable, memory } = metered
  const { tickMs, source } = state.about.plan.analysis
  if (source !== undefined) return fromSource(needs, metered, source)
  const counters = await countersOf(needs, state.about)
  if (counters === undefined) return NOTHING
  // Of the first tick alone: what it holds is on record, and every verdict is had again from it.
  const noise = memory.meter?.isNew === true ? await noiseKnown(needs, state.about) : undefined
  const arms = { canary: id, stable, boundsMs: LATENCY_BOUNDS_MS, tickMs, noise }
  const { tick, meter } = tickFrom(memory.meter, counters, arms)
  memory.meter = meter
  return tick
}

async function noiseKnown({ engine }: RolloutNeeds, { service, environment }: Slot) {
  const found = (await lastBacktest(engine.reads, { service, environment }))?.found
  return found && { phi: found.phi, sigma: found.sigma }
}

async function countersOf(
  { target, log }: RolloutNeeds,
  { service, environment }: Slot,
): Promise<readonly InstanceCounters[] | undefined> {
  const slot = { service, environment }
  try {
    return await target.counters(slot)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.warn({ ...slot, err: error }, 'counters cannot be read')
    return undefined
  }
}

/**
 * From where the last tick ended, or from when this weight was set, to what has come in by now.
 * What a tick could not be told is left out for good: nothing is ever counted twice.
 */
async function fromSource(
  needs: RolloutNeeds,
  { id, state, stable, memory }: Metered,
  source: NonNullable<Running['about']['plan']['analysis']['source']>,
): Promise<AnalysisTick> {
  const { service, environment, version, plan } = state.about
  const slot = { service, environment }
  const { tickMs } = plan.analysis
  let past: Pick<AnalysisTick, 'past'> = {}
  const to = needs.now() - source.lagMs
  const ticked = state.tickedAt === undefined ? 0 : state.tickedAt - source.lagMs
  const from = Math.min(to, Math.max(ticked, state.weightSetAt))
  const canary = { deployment: id, version }
  try {
    const arms = { canary, stable: await armOf(needs, stable, memory) }
    // The first tick alone is told of it, as the router's is: it is on record from then on.
    if (state.tickedAt === undefined) past = await pastOf(needs, { slot, source, arms, to: from })
    const { instances, slis, gauges } = await needs.metrics.between({
      slot,
      source,
      arms,
      from,
      to,
    })
    const grown = instances.map(({ arm, ...counts }) => ({ group: arm, ...counts }))
    const names = { canary: 'canary', stable: 'stable', boundsMs: LATENCY_BOUNDS_MS, tickMs }
    const { tick, baseline } = tickOf(memory.recent ?? [], grown, names)
    memory.recent = baseline
    return {
      ...tick,
      ...past,
      ...(source.slis && { slis: sliTicks(source.slis, slis) }),
      ...(source.gauges && { gauges }),
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    needs.log.warn({ ...slot, source: source.source, err: error }, 'metrics cannot be read')
    return { ...NOTHING, ...past, trouble: `${error.code}: ${error.message}`.slice(0, TROUBLE_MAX) }
  }
}

/** What the stable release counted before this one came. Not to know it is no trouble. */
async function pastOf(
  needs: RolloutNeeds,
  { slot, source, arms, to }: Omit<MetricsAsk, 'from'>,
): Promise<Pick<AnalysisTick, 'past'>> {
  if (arms.stable === undefined) return {}
  const { latency: _, slis: __, gauges: ___, ...counts } = source
  try {
    const ask = { slot, source: counts, arms, from: to - PAST_MS, to }
    const { instances } = await needs.metrics.between(ask)
    const stable = instances.filter(({ arm }) => arm === 'stable')
    const requests = stable.reduce((sum, each) => sum + each.requests, 0)
    const bad = stable.reduce((sum, each) => sum + each.bad, 0)
    return requests > 0 ? { past: { requests, bad, ...(await noiseKnown(needs, slot)) } } : {}
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    needs.log.warn({ ...slot, source: source.source, err: error }, 'the past cannot be read')
    return {}
  }
}

async function armOf(
  { engine }: RolloutNeeds,
  deployment: string | undefined,
  memory: Memory,
): Promise<ArmName | undefined> {
  if (deployment === undefined) return undefined
  if (memory.stable?.deployment === deployment) return memory.stable
  const version = (await deploymentNamed(engine.reads, deployment))?.version
  memory.stable = version === undefined ? undefined : { deployment, version }
  return memory.stable
}
