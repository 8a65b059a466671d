/** Numbers in the text that Prometheus scrapes (exposition format 0.0.4). */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** Counts by bucket, each of its own; the last is of what is above the highest bound. */
export interface Distribution {
  readonly labels: Labels
  readonly counts: readonly number[]
  readonly sum: number
}

export type Metric = { readonly name: string; readonly help: string } & (
  | { readonly type: 'gauge' | 'counter'; readonly samples: readonly Sample[] }
  | {
      readonly type: 'histogram'
      readonly bounds: readonly number[]
      readonly distributions: readonly Distribution[]
    }
)

export function exposed(metrics: readonly Metric[]): string {
  return metrics.map((metric) => `${headOf(metric)}${linesOf(metric).join('')}`).join('')
}

const headOf = ({ name, help, type }: Metric) =>
  `# HELP ${name} ${oneLine(help)}\n# TYPE ${name} ${type}\n`

function linesOf(metric: Metric): readonly string[] {
  const { name } = metric
  if (metric.type !== 'histogram')
    return metric.samples.map(({ labels, value }) => line(name, labels, value))
  return metric.distributions.flatMap(({ labels, counts, sum }) => {
    let below = 0
    const buckets = counts.map((count, i) => {
      below += count
      const bound = metric.bounds[i]
      return line(
        `${name}_bucket`,
        { ...labels, le: bound === undefined ? '+Inf' : `${bound}` },
        below,
      )
    })
    return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, below)]
  })
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, said]) => `${label}="${escaped(said)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numeral(value)}\n`
}

const oneLine = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escaped = (text: string) => oneLine(text).replaceAll('"', '\\"')

const numeral = (value: number) =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value)
