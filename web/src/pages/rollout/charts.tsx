/** Both parts over time: how many of their requests fail, and how strong the evidence is. */
import { useMemo, useState } from 'react'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { evidence, percent, time } from '../../format/text.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { Chart } from './chart.tsx'
import { type Key, Legend } from './legend.tsx'
import { seriesOf, WINDOW_TICKS } from './series.ts'

const CANARY = { colour: '--canary', width: 2 } as const
const STABLE = { colour: '--stable', width: 2, dash: [6, 4] } as const

export function Charts({ deployment }: { deployment: DeploymentDetail }) {
  const { ticks, weights, version, returnPoint, plan, status } = deployment
  const series = useMemo(() => seriesOf(ticks), [ticks])
  const marks = useMemo(
    () => weights.map(({ at, weight }) => ({ at: at / 1000, text: `${weight} %` })),
    [weights],
  )
  const [pointed, setPointed] = useState<number>()
  if (ticks.length === 0)
    return (
      <Card title="Failed requests">
        <Quiet>{whyEmpty(plan.strategy, status)}</Quiet>
      </Card>
    )
  const at = pointed !== undefined && pointed < ticks.length ? pointed : ticks.length - 1
  const [canary, stable] = [series.canary[at], series.stable[at]]
  const shares = [
    { ...CANARY, name: `canary ${version}`, value: shown(canary, percent) },
    { ...STABLE, name: `stable ${returnPoint?.version ?? ''}`, value: shown(stable, percent) },
  ]
  const [found, limit] = [series.evidence[at] ?? 0, series.threshold[at] ?? 0]
  const when = `at ${time((series.at[at] ?? 0) * 1000)}`
  return (
    <Card
      title="Canary beside stable"
      aside={`${when}, over the last ${Math.min(WINDOW_TICKS, at + 1)} measurements`}
    >
      <Legend title="Share of failed requests" of={shares} />
      <Chart
        label={`Share of failed requests: ${inWords(shares)}`}
        at={series.at}
        lines={[
          { ...STABLE, values: series.stable },
          { ...CANARY, values: series.canary },
        ]}
        marks={marks}
        scale="share"
        onPoint={setPointed}
      />
      <div className="h-5" />
      <Legend
        title="Evidence that the canary is worse"
        of={[
          { ...CANARY, name: 'evidence', value: evidence(found) },
          { colour: '--bad', dash: [2, 4], name: 'taken back at', value: evidence(limit) },
        ]}
      />
      <Chart
        label={`Evidence that the canary is worse: ${evidence(found)} of ${evidence(limit)}`}
        at={series.at}
        lines={[
          { colour: '--bad', width: 1.5, dash: [2, 4], values: series.threshold },
          { ...CANARY, values: series.evidence },
        ]}
        marks={marks}
        scale="evidence"
        danger={limit}
        onPoint={setPointed}
      />
    </Card>
  )
}

function whyEmpty(strategy: string, status: string): string {
  if (status === 'finished') return 'Nothing was measured.'
  return strategy === 'canary'
    ? 'Measuring begins with the first traffic.'
    : 'A rolling rollout has no canary to compare; only its own requests are counted.'
}

const shown = (value: number | null | undefined, as: (value: number) => string) =>
  value === null || value === undefined ? 'no data' : as(value)

const inWords = (keys: readonly Key[]) =>
  keys.map(({ name, value }) => `${name} ${value}`).join(', ')
