/** What the HTTP API of Prometheus answers, as far as it is read; and what a connection needs. */
import { z } from 'zod'

export interface PrometheusConnection {
  readonly name: string
  readonly url: string
  /** Asked for at each use: who changes a key shall not have to restart anything. */
  readonly authorization: () => string | undefined
  /** Labels that tell copies of one series apart; one of the copies is counted. */
  readonly replicaLabels: readonly string[]
  readonly timeoutMs?: number
  readonly bytesMax?: number
}

/** More series are a query that forgot to say whose. */
export const SERIES_MAX = 5_000

const sample = z.tuple([z.number(), z.string()])
/** Which of its ends belong to the bucket, its ends, and its count. */
const bucket = z.tuple([z.number(), z.string(), z.string(), z.string()])
const histogram = z.tuple([
  z.number(),
  z.object({ count: z.string(), sum: z.string(), buckets: z.array(bucket).optional() }),
])

export const matrix = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(sample).optional(),
        histograms: z.array(histogram).optional(),
      }),
    ),
  }),
})
export type Series = z.infer<typeof matrix>['data']['result'][number]

export const refusal = z.object({
  status: z.literal('error'),
  errorType: z.string(),
  error: z.string(),
})
