/** The report itself: figures, where to look, and what is another than it was published. */
import { Link } from '@tanstack/react-router'
import type { DeliveryReport, Difference, ReportLine } from '../../api/insights.ts'
import { kpiText, valueText } from '../../format/kpis.ts'
import { againstTarget, changeText } from '../../format/report.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

type Document = DeliveryReport['document']

export function ReportFigures({ document: { figures, scope } }: { document: Document }) {
  const search = {
    ...(scope.team !== undefined && { team: scope.team }),
    ...(scope.tier !== undefined && { tier: String(scope.tier) }),
  }
  return (
    <Card title="Figures" aside="beside the period before">
      <Table
        label="Figures of the report"
        rows={figures}
        keyOf={({ number }) => number}
        empty="None."
        columns={[
          {
            heading: 'Figure',
            cell: ({ number, title }) => (
              <Link
                to="/insights/$kpi"
                params={{ kpi: number }}
                search={search}
                className="text-ink"
              >
                <span className="text-quiet mr-2 inline-block w-7 font-mono text-xs">{number}</span>
                {title}
              </Link>
            ),
          },
          { heading: 'Value', cell: (line) => <Value line={line} /> },
          { heading: 'Of', numeric: true, cell: ({ n }) => n },
          {
            heading: 'Before',
            numeric: true,
            cell: ({ unit, before }) => (before === null ? '–' : valueText(unit, before)),
          },
          { heading: 'Change', numeric: true, cell: (line) => changeText(line) },
          { heading: 'Target', cell: (line) => <State of="target" {...againstTarget(line)} /> },
        ]}
      />
    </Card>
  )
}

function Value({ line }: { line: ReportLine }) {
  const { unit, value, reason, n, interval, p90 } = line
  const text = kpiText(unit, {
    ...{ value, n, target: null },
    ...(reason !== null && { reason: reason as 'no_source' }),
    ...(interval !== null && { interval }),
  })
  if (text.why !== '') return <span className="text-quiet">{text.why}</span>
  return (
    <>
      <span className="font-semibold">{text.value}</span>
      {p90 !== null && (
        <span className="text-quiet text-xs"> nine of ten {valueText(unit, p90)}</span>
      )}
      {text.interval !== '' && (
        <span className="text-quiet block text-xs">95 % {text.interval}</span>
      )}
    </>
  )
}

export function ReportHints({ hints }: { hints: Document['hints'] }) {
  return (
    <Card title="Where to look">
      {hints.length === 0 ? (
        <Quiet>The facts of this period point nowhere: nobody is advised by a guess.</Quiet>
      ) : (
        <ul className="space-y-2">
          {hints.map(({ kind, says, n, look }) => (
            <li key={kind}>
              {says} <span className="text-quiet">Of {n}.</span>
              <code className="text-quiet block font-mono text-xs">signalbox {look}</code>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

export function ReportDifferences({
  shown: { differences, isOutdated },
}: {
  shown: DeliveryReport
}) {
  if (differences.length === 0) return null
  const title = isOutdated ? 'What is known by now is another' : 'Changed since the revision before'
  const said = (unit: Difference['unit'], value: number | null) =>
    value === null ? 'none' : valueText(unit, value)
  return (
    <Card title={title}>
      <ul>
        {differences.map(({ number, name, unit, before, after, n }) => (
          <li key={number}>
            {number} {name}: {said(unit, before)} (of {n[0]}) is now {said(unit, after)} (of {n[1]})
          </li>
        ))}
      </ul>
    </Card>
  )
}
