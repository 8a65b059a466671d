/** The wire: one request a tick for all series, and patience where Datadog asks for it. */
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'
import { ask, type Answer } from '../shared/bounded-json.ts'

export interface DatadogConnection {
  readonly name: string
  readonly site: string
  /** Asked for at each use. */
  readonly keys: () => { readonly api: string; readonly application: string }
  readonly timeoutMs?: number
  readonly bytesMax?: number
}

const TIMEOUT_MS = 10_000
const BYTES_MAX = 16 * 1024 * 1024
const SERIES_MAX = 5_000
/** Where it does not say for how long it is to be left alone. */
const PAUSE_MS = 60_000
const PAUSE_MAX_MS = 3_600_000

const answer = z.object({
  status: z.literal('ok'),
  series: z.array(
    z.object({
      tag_set: z.array(z.string()),
      interval: z.number(),
      query_index: z.int().min(0).default(0),
      pointlist: z.array(z.tuple([z.number(), z.number().nullable()])),
    }),
  ),
})
export type DatadogSeries = z.infer<typeof answer>['series'][number]

const problem = z.object({
  error: z.string().optional(),
  errors: z.array(z.string()).optional(),
})

export class DatadogClient {
  readonly #connection: DatadogConnection
  readonly #now: () => number
  /** Until then it is left alone: who goes on asking is locked out for longer. */
  #pausedUntil = 0

  constructor(connection: DatadogConnection, now: () => number) {
    this.#connection = connection
    this.#now = now
  }

  async series(
    queries: readonly string[],
    span: { readonly from: number; readonly to: number },
  ): Promise<readonly DatadogSeries[]> {
    const { name, site, keys, timeoutMs = TIMEOUT_MS, bytesMax = BYTES_MAX } = this.#connection
    if (this.#now() < this.#pausedUntil) throw limited(name, this.#pausedUntil - this.#now())
    const { api, application } = keys()
    const asked = new URLSearchParams({
      from: String(Math.floor(span.from / 1000)),
      to: String(Math.ceil(span.to / 1000)),
      query: queries.join(','),
    })
    const got = await ask({
      of: name,
      url: `${site.replace(/\/+$/, '')}/api/v1/query?${asked.toString()}`,
      headers: {
        accept: 'application/json',
        'dd-api-key': api,
        'dd-application-key': application,
      },
      timeoutMs,
      bytesMax,
    })
    if (got.status === 429) throw this.#pause(got)
    const read = answer.safeParse(got.json)
    if (got.status !== 200 || !read.success) throw refused(name, got)
    if (read.data.series.length <= SERIES_MAX) return read.data.series
    throw new Fault('metrics.too-large', `${name} has more than ${SERIES_MAX} series of it.`, {
      remedy: 'Narrow spec.analysis.labels, so that only this service is asked for.',
      retry: false,
    })
  }

  #pause({ headers }: Answer): Fault {
    const told = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000
    const ms = told > 0 ? Math.min(told, PAUSE_MAX_MS) : PAUSE_MS
    this.#pausedUntil = this.#now() + ms
    return limited(this.#connection.name, ms)
  }
}

function limited(name: string, ms: number): Fault {
  return new Fault('metrics.limited', `${name} takes no questions for ${Math.ceil(ms / 1000)} s.`, {
    remedy: 'Raise the rate limit of its queries, or the tick of the policy.',
  })
}

function refused(name: string, { status, json }: Answer): Fault {
  if (status === 401 || status === 403)
    return new Fault('metrics.forbidden', `${name} does not know the keys: ${status}.`, {
      remedy: 'Give its connection in SIGNALBOX_METRICS an API key and an application key.',
      retry: false,
    })
  const said = problem.safeParse(json)
  const why = said.success ? (said.data.error ?? said.data.errors?.[0]) : undefined
  const told = why === undefined ? 'no answer that could be read' : why.slice(0, 200)
  return new Fault('metrics.refused', `${name} answers ${status}: ${told}.`, {
    remedy: 'See that its site is right, and that the metrics exist.',
  })
}
