/**
 * A measured tick goes into what is known already, without asking the server: it comes every few
 * seconds, or several times a second, and says everything itself.
 */
import type { AnalysisVerdict, Deployment, DeploymentDetail, Tick } from '../api/rollouts.ts'
import type { Change } from './invalidate.ts'

/** As many as the server hands out, and as a chart has room for. */
const TICKS_MAX = 600

interface Measured {
  readonly at: number
  readonly tick: Pick<Tick, 'canary' | 'stable'> &
    Partial<Pick<Tick, 'trouble' | 'slis' | 'gauges'>>
  readonly verdict: AnalysisVerdict
}

export function measuredIn(change: Change): Measured | undefined {
  if (change.type !== 'deployment.measured' || change.event === undefined) return undefined
  return change.event as Measured
}

/** Undefined: something before it is missing, and everything has to be read anew. */
export function withTick(
  known: DeploymentDetail,
  { version }: Change,
  { at, tick, verdict }: Measured,
): DeploymentDetail | undefined {
  if (version <= known.revision) return known
  if (version > known.revision + 1) return undefined
  const { canary, stable, trouble = null, slis = [], gauges = {} } = tick
  const now = { at, canary, stable, verdict, trouble, slis, gauges }
  const ticks = [...known.ticks, now].slice(-TICKS_MAX)
  return { ...known, verdict, ticks, revision: version }
}

/** In a list only the verdict shows, and a gap does no harm to it. */
export function withVerdict(
  rows: readonly Deployment[],
  { id, version }: Change,
  { verdict }: Measured,
): readonly Deployment[] {
  const index = rows.findIndex((row) => row.id === id && row.revision < version)
  const row = rows[index]
  return row === undefined ? rows : rows.with(index, { ...row, verdict })
}
