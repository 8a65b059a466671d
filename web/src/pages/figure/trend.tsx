/** How the figure went: bars for the eye, and the same as a table. Parts without one are gaps. */
import { useQuery } from '@tanstack/react-query'
import type { Kpi, TrendPoint } from '../../api/insights.ts'
import { trendQuery } from '../../api/queries.ts'
import { valueText } from '../../format/kpis.ts'
import { dayAndClock } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Table } from '../../kit/table.tsx'

const [WIDTH, HEIGHT] = [640, 140]

export function TrendCard({
  at,
  number,
  kpi,
}: {
  at: Readonly<Record<string, string>>
  number: string
  kpi: Kpi
}) {
  const trend = useQuery(trendQuery(at))
  return (
    <Card title="Trend">
      <Answer query={trend}>
        {({ kpis }) => {
          const points = kpis[number] ?? []
          return points.every(({ value }) => value === null) ? (
            <Quiet>There is no figure of any part of these days.</Quiet>
          ) : (
            <>
              <Bars points={points} kpi={kpi} />
              <details className="mt-2">
                <summary className="text-quiet cursor-pointer text-xs">As a table</summary>
                <Parts points={points} kpi={kpi} />
              </details>
            </>
          )
        }}
      </Answer>
    </Card>
  )
}

function Bars({ points, kpi: { unit, target } }: { points: readonly TrendPoint[]; kpi: Kpi }) {
  const goal = target !== null && target.of === 'value' ? target : null
  const values = points.flatMap(({ value }) => value ?? [])
  const most = Math.max(...values, goal?.value ?? 0) || 1
  const y = (value: number) => HEIGHT - (value / most) * (HEIGHT - 12)
  const step = WIDTH / points.length
  const isMissed = (value: number) =>
    goal !== null && (goal.isAtMost ? value > goal.value : value < goal.value)
  return (
    <div aria-hidden="true">
      <p className="text-quiet text-xs">
        up to {valueText(unit, most)}
        {goal !== null && ` · broken line: ${goal.isAtMost ? 'at most' : 'at least'} `}
        {goal !== null && valueText(unit, goal.value)}
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="w-full"
        preserveAspectRatio="none"
        height={HEIGHT}
      >
        {points.map(({ from, value, n }, i) =>
          value === null ? (
            <rect
              key={from}
              x={i * step + 2}
              y={0}
              width={step - 4}
              height={HEIGHT}
              fill="var(--page)"
            >
              <title>{`${dayAndClock(from)}: none`}</title>
            </rect>
          ) : (
            <rect
              key={from}
              x={i * step + 2}
              y={Math.min(y(value), HEIGHT - 2)}
              width={step - 4}
              height={Math.max(2, HEIGHT - y(value))}
              fill={isMissed(value) ? 'var(--bad)' : 'var(--accent)'}
            >
              <title>{`${dayAndClock(from)}: ${valueText(unit, value)} of ${n}`}</title>
            </rect>
          ),
        )}
        {goal !== null && (
          <line
            x1={0}
            x2={WIDTH}
            y1={y(goal.value)}
            y2={y(goal.value)}
            stroke="var(--ink)"
            strokeDasharray="6 5"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <p className="text-quiet flex justify-between text-xs">
        <span>{dayAndClock(points[0]?.from ?? 0)}</span>
        <span>{dayAndClock(points.at(-1)?.to ?? 0)}</span>
      </p>
    </div>
  )
}

function Parts({ points, kpi: { unit, title } }: { points: readonly TrendPoint[]; kpi: Kpi }) {
  return (
    <Table
      label={`${title}, part by part`}
      rows={points}
      keyOf={({ from }) => `${from}`}
      empty="None."
      columns={[
        { heading: 'From', cell: ({ from }) => dayAndClock(from) },
        {
          heading: 'Value',
          cell: ({ value }) => (value === null ? 'none' : valueText(unit, value)),
        },
        { heading: 'Of', numeric: true, cell: ({ n }) => n },
      ]}
    />
  )
}
