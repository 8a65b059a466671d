/** Metric by metric, on the time axis of the charts above: the ratio with what is still believable. */
import { useMemo, useState } from 'react'
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { evidence, time } from '../../format/text.ts'
import { Card } from '../../kit/card.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { Chart } from './chart.tsx'
import { Legend } from './legend.tsx'
import { MetricTable } from './metric-table.tsx'
import { marksOf, metricsOf, metricSeriesOf } from './metric-series.ts'

const CANARY = { colour: '--canary', width: 2 } as const
const BOUND = { colour: '--canary', width: 1, dash: [3, 3] } as const
const STABLE = { colour: '--stable', width: 1.5, dash: [6, 4] } as const
const LIMIT = { colour: '--bad', width: 1.5, dash: [2, 4] } as const

export function MetricCharts({ deployment }: { deployment: DeploymentDetail }) {
  const { ticks, weights } = deployment
  const metrics = useMemo(() => metricsOf(ticks), [ticks])
  const [wanted, choose] = useState('errors')
  const chosen = metrics.find(({ id }) => id === wanted) ?? metrics[0]
  const id = chosen?.id ?? ''
  const series = useMemo(() => metricSeriesOf(ticks, id), [ticks, id])
  const marks = useMemo(() => marksOf(weights, ticks), [weights, ticks])
  const [pointed, setPointed] = useState<number>()
  if (chosen === undefined) return null
  const at = pointed !== undefined && pointed < ticks.length ? pointed : ticks.length - 1
  const [ratio, low, high] = [series.ratio[at], series.low[at], series.high[at]]
  const [found, limit] = [series.evidence[at] ?? 0, series.threshold[at] ?? 0]
  const interval = `${times(low, 'less')} to ${times(high, 'more')}`
  return (
    <Card
      title="Metric by metric"
      aside={`at ${time((series.at[at] ?? 0) * 1000)}${chosen.isDry ? ', new here: convicts nobody' : ''}`}
    >
      <Tabs label="Metric" all={metrics.map((each) => each.id)} chosen={id} onChoose={choose} />
      <div className="h-3" />
      <Legend
        title="How many times as bad as stable"
        of={[
          { ...CANARY, name: 'likely', value: times(ratio, 'unknown') },
          { ...BOUND, name: 'between', value: interval },
          { ...STABLE, name: 'as stable', value: '1' },
        ]}
      />
      <Chart
        key={`${id}-ratio`}
        label={`${id}: likely ${times(ratio, 'unknown')} times as bad as stable, ${interval}`}
        at={series.at}
        lines={[
          { ...STABLE, values: series.one },
          { ...BOUND, values: series.low },
          { ...BOUND, values: series.high },
          { ...CANARY, values: series.ratio },
        ]}
        marks={marks}
        scale="ratio"
        onPoint={setPointed}
      />
      <div className="h-5" />
      <Legend
        title="Its evidence that the canary is worse"
        of={[
          { ...CANARY, name: 'evidence', value: evidence(found) },
          { ...LIMIT, name: 'braked or taken back at', value: evidence(limit) },
        ]}
      />
      <Chart
        key={`${id}-evidence`}
        label={`${id}: evidence ${evidence(found)} of ${evidence(limit)}`}
        at={series.at}
        lines={[
          { ...LIMIT, values: series.threshold },
          { ...CANARY, values: series.evidence },
        ]}
        marks={marks}
        scale="evidence"
        danger={limit}
        onPoint={setPointed}
      />
      <MetricTable ticks={ticks} weights={weights} id={id} />
    </Card>
  )
}

const times = (value: number | null | undefined, otherwise: string) =>
  value === null || value === undefined ? otherwise : value.toFixed(value < 10 ? 2 : 0)
