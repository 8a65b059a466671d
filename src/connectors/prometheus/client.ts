/** The wire: samples of a selector as they were scraped, within a span that ends now. */
import { Fault } from '#kernel/fault.ts'
import { ask } from '../shared/bounded-json.ts'
import { oneCopy } from './convert.ts'
import { printSelector, type Selector } from './selector.ts'
import { matrix, type PrometheusConnection, refusal, type Series, SERIES_MAX } from './types.ts'

const TIMEOUT_MS = 10_000
const BYTES_MAX = 16 * 1024 * 1024

export async function samplesOf(
  connection: PrometheusConnection,
  selector: Selector,
  span: { readonly since: number; readonly at: number },
): Promise<readonly Series[]> {
  const { name, url, timeoutMs = TIMEOUT_MS, bytesMax = BYTES_MAX } = connection
  const seconds = Math.max(1, Math.ceil((span.at - span.since) / 1000))
  const authorization = connection.authorization()
  const answer = await ask({
    of: name,
    url: `${url.replace(/\/+$/, '')}/api/v1/query`,
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization !== undefined && { authorization }),
    },
    body: new URLSearchParams({
      // The raw samples, with their own instants: nothing is made up between them.
      query: `${printSelector(selector)}[${seconds}s]`,
      time: (span.at / 1000).toFixed(3),
      timeout: `${Math.ceil(timeoutMs / 1000)}s`,
    }).toString(),
    timeoutMs,
    bytesMax,
  })
  const read = matrix.safeParse(answer.json)
  if (answer.status !== 200 || !read.success) throw refused(name, answer.status, answer.json)
  const { result } = read.data.data
  if (result.length > SERIES_MAX)
    throw new Fault(
      'metrics.too-large',
      `${name} has ${result.length} series of ${selector.name}, more than ${SERIES_MAX}.`,
      {
        remedy: 'Narrow spec.analysis.labels, so that only this service is asked for.',
        retry: false,
      },
    )
  return oneCopy(result, connection.replicaLabels)
}

function refused(name: string, status: number, json: unknown): Fault {
  if (status === 401 || status === 403)
    return new Fault('metrics.forbidden', `${name} does not let this server in: ${status}.`, {
      remedy: 'Give its connection in SIGNALBOX_METRICS a token that may query.',
      retry: false,
    })
  const said = refusal.safeParse(json)
  const why = said.success
    ? `${said.data.errorType}: ${said.data.error.slice(0, 200)}`
    : `status ${status}, and no answer that could be read`
  return new Fault('metrics.refused', `${name} does not answer the query: ${why}.`, {
    remedy: 'See that its address is that of a Prometheus, and that it is well.',
  })
}
