/** One of the twenty: what it is, against what, of how many, how it went, and what it says. */
import { Link } from '@tanstack/react-router'
import type { Kpi, TrendPoint } from '../../api/insights.ts'
import { heldText, KPI_WORDS, kpiText, tiersInWords, valueText } from '../../format/kpis.ts'
import { Sparkline } from '../../kit/sparkline.tsx'
import { Says } from '../../kit/state.tsx'
import { Tiers } from './tiers.tsx'

export function KpiCard({
  number,
  kpi,
  trend,
}: {
  number: string
  kpi: Kpi
  /** Undefined: not known yet. */
  trend: readonly TrendPoint[] | undefined
}) {
  const { name, title, unit, target, tiers } = kpi
  const text = kpiText(unit, kpi)
  return (
    <article
      aria-label={title}
      className="border-line bg-card flex h-full flex-col rounded-lg border px-4 py-3"
    >
      <header className="flex items-baseline justify-between gap-2">
        <h3 className="text-sm font-medium">
          <Link
            from="/insights"
            to="/insights/$kpi"
            params={{ kpi: number }}
            search={(before) => before}
            className="text-ink"
          >
            {title}
          </Link>
        </h3>
        <span className="text-quiet font-mono text-xs">{number}</span>
      </header>
      <div className="mt-1 mb-1">
        {text.why === '' ? (
          <p className="text-xl leading-7 font-semibold">{text.value}</p>
        ) : (
          <p className="text-quiet">
            <span className="text-lg font-medium">{text.value}</span>
            <span className="block text-xs">{text.why}</span>
          </p>
        )}
        {trend !== undefined && text.why === '' && (
          <Sparkline
            points={trend}
            target={target === null || target.of !== 'value' ? null : target.value}
            says={trendInWords(unit, trend)}
          />
        )}
      </div>
      <div className="text-xs">
        {target === null ? (
          <Says {...tiersInWords(tiers)} />
        ) : (
          <Says tone={text.tone} text={`${heldText(kpi)}: ${text.target}`} />
        )}
      </div>
      <p className="text-quiet text-xs">
        {text.of}
        {text.interval !== '' && ` · 95 % ${text.interval}`}
      </p>
      <details className="mt-auto pt-2">
        <summary className="text-quiet cursor-pointer text-xs">
          Definition{Object.keys(tiers).length > 0 && ', by tier'}
          <span className="sr-only"> of {title}</span>
        </summary>
        <p className="my-1 text-xs">{KPI_WORDS[name]?.says}</p>
        <Tiers title={title} unit={unit} tiers={tiers} />
      </details>
      <p className="mt-1 text-xs">
        <Link
          from="/insights"
          to="/insights/$kpi"
          params={{ kpi: number }}
          search={(before) => before}
        >
          Debug this number<span className="sr-only"> for {title}</span>
        </Link>
      </p>
    </article>
  )
}

export function trendInWords(unit: Kpi['unit'], points: readonly TrendPoint[]): string {
  const known = points.flatMap(({ value }) => value ?? [])
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined) return ''
  return `Trend over ${points.length} parts: from ${valueText(unit, first)} to ${valueText(unit, last)}`
}
