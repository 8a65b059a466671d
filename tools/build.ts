/**
 * Brings the page and the bundle of the server up to their sources, before the program starts.
 * Takes a few seconds when something has changed, else nothing that anybody would notice.
 */
import { fileURLToPath } from 'node:url'
import { buildServer } from './build-server.ts'
import { buildWeb } from './build-web.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const [code] = await Promise.all([
  buildWeb(ROOT),
  buildServer(ROOT).catch((error: unknown) => {
    // No reason not to start: the sources say the same, only slower.
    console.error('The server could not be bundled and runs from its sources.', error)
  }),
])
process.exitCode = code
