/** What a chart's lines are, with their values where the pointer is. */
import type { Line } from './chart.tsx'

export interface Key extends Pick<Line, 'colour' | 'dash'> {
  readonly name: string
  readonly value: string
}

export function Legend({ title, of }: { title: string; of: readonly Key[] }) {
  return (
    <div className="mb-1 flex flex-wrap items-baseline gap-x-5 text-xs">
      <h3 className="mr-auto font-medium">{title}</h3>
      {of.map(({ colour, dash, name, value }) => (
        <span key={name} className="flex items-baseline gap-1.5">
          <svg aria-hidden="true" width="18" height="8" className="self-center">
            <line
              x1="0"
              x2="18"
              y1="4"
              y2="4"
              stroke={`var(${colour})`}
              strokeWidth="2"
              strokeDasharray={dash?.map((part) => part / 1.5).join(' ')}
            />
          </svg>
          <span className="text-quiet">{name}</span>
          <span className="font-medium">{value}</span>
        </span>
      ))}
    </div>
  )
}
