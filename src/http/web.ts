/** The web page: built files with long caching, and the page itself for every address it knows. */
import fastifyStatic from '@fastify/static'
import type { App } from '#engine/routing.ts'
import { send, unknownThing } from './problem.ts'

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
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && !/^\/(api|hooks|assets)\//.test(request.url)
    return isPage ? reply.sendFile('index.html') : send(reply, unknownThing('route', request.url))
  })
}
