/**
 * A git host's REST interface in so far as it is asked for a back-fill: a loopback server that wants
 * the token, pages as it does, knows what it said before by its entity tag, and runs out of patience
 * when told to.
 */
import { createHash } from 'node:crypto'
import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface FakeGitHost {
  readonly url: string
  readonly asked: readonly string[]
  /** How many answers were: as before. */
  readonly unchanged: number
  /** The next questions are answered with this. */
  refuse(
    count: number,
    status: number,
    headers?: Readonly<Record<string, string>>,
    message?: string,
  ): void
  close(): void
}

export interface Holds {
  readonly token: string
  readonly repository: string
  /** By what follows the repository, without its query: `/pulls`. */
  readonly lists: Readonly<Record<string, readonly object[]>>
  readonly things: Readonly<Record<string, object>>
}

interface Manners {
  /** What stands before a path: `/repos/acme/shop`. */
  rootOf(repository: string): string
  /** The status of a refusal; undefined: it is let in. */
  refusalOf(headers: http.IncomingHttpHeaders, token: string): number | undefined
  /** Some lists stand in a field. */
  fieldOf(path: string): string | undefined
}

export async function fakeGitHost(about: Holds, manners: Manners): Promise<FakeGitHost> {
  const asked: string[] = []
  let [refusals, status, unchanged] = [0, 0, 0]
  let refusal: { headers: Readonly<Record<string, string>>; message: string } | undefined
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    asked.push(`${url.pathname}${url.search}`)
    const say = (code: number, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      const text = JSON.stringify(body)
      const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`
      const isSame = code === 200 && request.headers['if-none-match'] === etag
      if (isSame) unchanged++
      response
        .writeHead(isSame ? 304 : code, { 'content-type': 'application/json', etag, ...headers })
        .end(isSame ? undefined : text)
    }
    if (refusals > 0) {
      refusals--
      return say(status, { message: refusal?.message }, refusal?.headers)
    }
    const refused = manners.refusalOf(request.headers, about.token)
    if (refused !== undefined) return say(refused, { message: 'no' })
    const root = manners.rootOf(about.repository)
    if (!url.pathname.startsWith(root)) return say(404, { message: 'Not Found' })
    const path = url.pathname.slice(root.length)
    const thing = about.things[path]
    if (thing !== undefined) return say(200, thing)
    const list = about.lists[path]
    if (list === undefined) return say(404, { message: 'Not Found' })
    const size = Number(url.searchParams.get('per_page') ?? 30)
    if (size > 100) return say(422, { message: 'per_page' })
    const page = Number(url.searchParams.get('page') ?? 1)
    const items = list.slice((page - 1) * size, page * size)
    const next = `<http://${request.headers.host}${url.pathname}?page=${page + 1}>; rel="next"`
    const field = manners.fieldOf(path)
    const body = field === undefined ? items : { total_count: list.length, [field]: items }
    return say(200, body, page * size < list.length ? { link: next } : {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get unchanged() {
      return unchanged
    },
    refuse(count, code, headers = {}, message = 'refused') {
      ;[refusals, status, refusal] = [count, code, { headers, message }]
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
