/**
 * Datadog's timeseries query as far as it is used, on loopback, with its refusals: keys, times,
 * grammar, and its rate limit. Tests only.
 */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface FakeSeries {
  readonly metric: string
  readonly tags: Readonly<Record<string, string>>
  readonly points: readonly (readonly [atMs: number, value: number | null])[]
}

export interface FakeDatadog {
  readonly site: string
  readonly keys: { readonly api: string; readonly application: string }
  series: FakeSeries[]
  /** So many questions are answered; then 429 for as many seconds. */
  left: number
  readonly resetS: number
  asked: number
}

const QUERY =
  /^(sum|count(?:\(v: ?v[<>]=?[\d.]+\))?):([\w.]+)\{([^{}]+)\} by \{([\w,.]+)\}\.as_count\(\)\.rollup\(sum, (\d+)\)$/

export async function fakeDatadog(t: TestContext): Promise<FakeDatadog> {
  const fake = {
    site: '',
    keys: { api: 'api-s3cret', application: 'app-s3cret' },
    series: [] as FakeSeries[],
    left: Number.POSITIVE_INFINITY,
    resetS: 17,
    asked: 0,
  }
  const server = http.createServer((request, response) => {
    fake.asked++
    const say = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body))
    if (
      request.headers['dd-api-key'] !== fake.keys.api ||
      request.headers['dd-application-key'] !== fake.keys.application
    )
      return say(403, { errors: ['Forbidden'] })
    if (fake.left-- <= 0)
      return say(
        429,
        { errors: ['Rate limit'] },
        {
          'x-ratelimit-limit': '1',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(fake.resetS),
        },
      )
    const url = new URL(request.url ?? '', 'http://fake')
    const [from, to] = ['from', 'to'].map((name) => Number(url.searchParams.get(name)))
    if (url.pathname !== '/api/v1/query') return say(404, { errors: ['Not found'] })
    if (from === undefined || to === undefined || !(from < to))
      return say(400, { errors: ['Time values not correct'] })
    const queries = splitQueries(url.searchParams.get('query') ?? '')
    const parsed = queries.map((query) => QUERY.exec(query))
    const wrong = queries[parsed.indexOf(null)]
    if (wrong !== undefined) return say(400, { errors: [`Error parsing query: ${wrong}`] })
    return say(200, {
      status: 'ok',
      series: parsed.flatMap((query, i) => answersOf(fake.series, query ?? [], { from, to, i })),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return Object.assign(fake, { site: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** Commas inside braces and brackets belong to one query. */
function splitQueries(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if ('({'.includes(letter)) depth++
    if (')}'.includes(letter)) depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

function answersOf(
  all: readonly FakeSeries[],
  query: readonly string[],
  { from, to, i }: { readonly from: number; readonly to: number; readonly i: number },
) {
  const [, , metric, where = '', by = '', seconds = '10'] = query
  const conditions = where.split(' AND ')
  const matches = ({ tags }: FakeSeries) =>
    conditions.every((condition) => {
      const among = /^(\w+) IN \(([^)]*)\)$/.exec(condition)
      if (among) return (among[2] ?? '').split(',').includes(tags[among[1] ?? ''] ?? '')
      const isNot = condition.startsWith('NOT ')
      const [tag = '', value = ''] = condition.replace('NOT ', '').split(':')
      return (tags[tag] === value) !== isNot
    })
  return all
    .filter((each) => each.metric === metric && matches(each))
    .map(({ tags, points }) => ({
      metric,
      query_index: i,
      interval: Number(seconds),
      length: points.length,
      scope: where,
      tag_set: by.split(',').map((tag) => `${tag}:${tags[tag]}`),
      pointlist: points.filter(([at]) => at >= from * 1000 && at < to * 1000),
    }))
}
