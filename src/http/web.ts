/** The web page: built files with long caching, and the page itself for every address it knows. */
import type { FastifyRequest } from 'fastify'
import fastifyStatic from '@fastify/static'
import type { App } from '#engine/routing.ts'
import { problem, send, unknownThing } from './problem.ts'

export async function mountWeb(app: App, webDir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: webDir,
    wildcard: false,
    // Built files carry their hash in their name; the page that names them does not.
    setHeaders: (reply, path) => {
      const forever = path.includes('/assets/')
      reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) =>
    isPage(request)
      ? reply.sendFile('index.html')
      : send(reply, unknownThing('route', request.url)),
  )
}

/** A server started past `npm start` may have no page yet; the API works all the same. */
export function mountNoWeb(app: App): void {
  const remedy = 'Run npm start, or node tools/build-web.ts and start the server again.'
  const notBuilt = problem('page.not-built', 404, 'The web page is not built.', remedy)
  app.setNotFoundHandler((request, reply) =>
    send(reply, isPage(request) ? notBuilt : unknownThing('route', request.url)),
  )
}

const isPage = ({ method, url }: FastifyRequest) =>
  method === 'GET' && !/^\/(api|hooks|assets)\//.test(url)
