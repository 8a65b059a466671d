/**
 * The log at /log/, as C2SP's tlog-tiles has it: a checkpoint, tiles of hashes, bundles of entries.
 * Hashes tell nothing and are open to everybody; entries name services, and are for who signed in.
 */
import type { App } from '#engine/routing.ts'
import { parseTilePath, TILE_WIDTH } from '../log/tiles.ts'
import { epochs, type LogFiles } from '../queries/log-reads.ts'
import { readHead } from '../queries/sealing.ts'
import type { Engine } from '#engine/engine.ts'

const FOREVER = 'public, max-age=31536000, immutable'
const OPEN = { schema: { hide: true }, config: { open: true } } as const

export function logFileRoutes(
  app: App,
  { engine, files }: { readonly engine: Engine; readonly files: LogFiles },
): void {
  app.get('/log/checkpoint', OPEN, async (_, reply) => {
    const newest = (await epochs(engine.reads)).at(-1)
    const note = newest?.witnessed ?? newest?.checkpoint ?? undefined
    if (note === undefined) return reply.code(404).send('')
    return reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(note)
  })
  const tile = async (path: string) => {
    const name = parseTilePath(path)
    const head = name && (await readHead(engine.database))
    if (name === undefined || head === undefined) return undefined
    const bytes = await files.read(head, name)
    // A partial tile is the same for ever too, but of use for a while only.
    return bytes && { bytes, cache: name.width === TILE_WIDTH ? FOREVER : 'public, max-age=60' }
  }
  const serve = (prefix: string, options: object) =>
    app.get<{ Params: { '*': string } }>(
      `/log/tile/${prefix}*`,
      options,
      async (request, reply) => {
        const found = await tile(`tile/${prefix}${request.params['*']}`)
        if (found === undefined) return reply.code(404).send('')
        return reply
          .header(
            'cache-control',
            prefix === '' ? found.cache : found.cache.replace('public', 'private'),
          )
          .type('application/octet-stream')
          .send(found.bytes)
      },
    )
  serve('', OPEN)
  serve('entries/', { schema: { hide: true } })
}
