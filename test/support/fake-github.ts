/**
 * GitHub's REST interface in so far as it is asked for a back-fill: a loopback server that wants the
 * token and the headers, pages as it does, and runs out of patience when told to.
 */
import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface FakeGithub {
  readonly url: string
  readonly asked: readonly string[]
  /** The next questions are answered with this. */
  refuse(count: number, status: number, headers?: Readonly<Record<string, string>>): void
  close(): void
}

export async function fakeGithub(about: {
  readonly token: string
  readonly repository: string
  /** By what follows the repository, without its query: `/pulls`. */
  readonly lists: Readonly<Record<string, readonly object[]>>
  readonly things: Readonly<Record<string, object>>
}): Promise<FakeGithub> {
  const asked: string[] = []
  let [refusals, status] = [0, 0]
  let refusalHeaders: Readonly<Record<string, string>> = {}
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    asked.push(`${url.pathname}${url.search}`)
    const say = (code: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response
        .writeHead(code, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body))
    if (refusals > 0) {
      refusals--
      return say(status, { message: 'refused' }, refusalHeaders)
    }
    if (request.headers.authorization !== `Bearer ${about.token}`) return say(401, {})
    if (request.headers['user-agent'] === undefined) return say(403, {})
    const root = `/repos/${about.repository}`
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
    const body =
      path === '/actions/runs' ? { total_count: list.length, workflow_runs: items } : items
    return say(200, body, page * size < list.length ? { link: next } : {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    refuse(count, code, headers = {}) {
      ;[refusals, status, refusalHeaders] = [count, code, headers]
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
