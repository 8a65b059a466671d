/** After any verb that reached the server: what waits goes along, and no verb fails by it. */
import type { CliContext } from '../context.ts'
import { clean, yellow } from '../output.ts'
import { spoolFolder } from './place.ts'
import { hasWaiting, Spool } from './spool.ts'
import { upload } from './upload.ts'

/** Nobody who asks for a status waits for a thousand uploads; the rest goes along next time. */
const MOST = 200

export async function uploadLeftovers({ api, environment, io }: CliContext): Promise<void> {
  if (!api.wasReached()) return
  try {
    const folder = spoolFolder(environment, api.url)
    if (!(await hasWaiting(folder))) return
    const { sent, refused } = await upload(api, await Spool.open(folder), { most: MOST })
    if (sent.length > 0) io.err(`spool: ${sent.length} records were uploaded.\n`)
    if (refused.length > 0)
      io.err(`${yellow('spool', io)}: ${refused.length} were refused; see signalbox spool list.\n`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    io.err(`${yellow('spool', io)}: what waits was not uploaded: ${clean(why)}\n`)
  }
}
