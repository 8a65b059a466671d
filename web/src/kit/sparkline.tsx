/** How a number went, small: gaps where there was none, a broken line where it is to be. */
import type { TrendPoint } from '../api/insights.ts'

const [WIDTH, HEIGHT, EDGE] = [112, 32, 3]

export function Sparkline({
  points,
  target,
  says,
}: {
  points: readonly TrendPoint[]
  /** In the unit of the points; null: there is none. */
  target: number | null
  /** The same in words. */
  says: string
}) {
  const known = points.flatMap(({ value }) => value ?? [])
  if (known.length < 2)
    return <span className="text-quiet block h-8 text-xs leading-8">no trend yet</span>
  const all = target === null ? known : [...known, target]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const x = (i: number) => EDGE + (i * (WIDTH - 2 * EDGE)) / Math.max(1, points.length - 1)
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((value - low) * (HEIGHT - 2 * EDGE)) / (high - low)
  const lines = runsOf(points)
  const last = points.findLastIndex(({ value }) => value !== null)
  const lastValue = points[last]?.value ?? 0
  return (
    <span className="block">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        {target !== null && (
          <line
            x1={0}
            x2={WIDTH}
            y1={y(target)}
            y2={y(target)}
            stroke="var(--field)"
            strokeDasharray="3 3"
          />
        )}
        {lines.map((run) => (
          <polyline
            key={run[0]?.at}
            points={run.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')}
            fill="none"
            stroke="var(--accent)"
            strokeWidth={1.5}
            strokeLinejoin="round"
            strokeLinecap="round"
          />
        ))}
        <circle cx={x(last)} cy={y(lastValue)} r={2.5} fill="var(--accent)" />
      </svg>
      <span className="sr-only">{says}</span>
    </span>
  )
}

/** Points side by side that have a value. */
function runsOf(
  points: readonly TrendPoint[],
): readonly (readonly { readonly at: number; readonly value: number }[])[] {
  const runs: { at: number; value: number }[][] = []
  let isOpen = false
  for (const [at, { value }] of points.entries()) {
    if (value === null) isOpen = false
    else {
      if (!isOpen) runs.push([])
      runs.at(-1)?.push({ at, value })
      isOpen = true
    }
  }
  return runs
}
