/** The server's life: started, said where it is, and ended in order when told or when it must. */
import { type App, startApp } from './app.ts'
import type { Config } from './config.ts'
import { makeLogger } from './engine/log.ts'

/** A stop that takes longer than this is stuck; what it left is found at the next start. */
const STOP_MS = 30_000
/** EX_SOFTWARE: the database does not stay up, and somebody has to look at its disk or log. */
const DATABASE_DIED = 70

export async function serve(
  config: Config,
  about: { readonly dev: boolean; readonly version: string },
): Promise<number> {
  const startedAt = performance.now()
  const log = makeLogger(config.logLevel)
  const app = await startApp(config, { ...about, log })
  const ms = Math.round(performance.now() - startedAt)
  log.info({ url: app.url, ms, rss: process.memoryUsage().rss }, 'ready')
  process.stdout.write(await greeting(app, about.dev))
  const why = await Promise.race([
    signalled(),
    app.databaseDied.then(() => 'the database died' as const),
  ])
  log.info({ why }, 'stopping')
  setTimeout(() => process.exit(1), STOP_MS).unref()
  if (why === 'the database died') {
    // What can be stopped without it is; the rest is found at the next start.
    await app.stop().catch((error: unknown) => log.warn({ err: error }, 'not stopped in order'))
    return DATABASE_DIED
  }
  await app.stop()
  return 0
}

async function greeting(app: App, dev: boolean): Promise<string> {
  const signIn = dev
    ? `Open      ${app.url}  (--dev: everybody here is an admin)`
    : `Sign in   ${await app.signInLink()}`
  return `Signalbox is ready at ${app.url}\n${signIn}\nToken     ${app.adminFile}\n`
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
  })
}
