/**
 * The demonstration: three services go from a commit to production, a good change follows by
 * canary, a bad one is caught there by measurement and undone. Everything in it is what users run;
 * only the waits are shorter, and the people are played.
 */
import { rmSync } from 'node:fs'
import { conclude } from './outcome.ts'
import { placesFrom, portsOf } from './manifests.ts'
import { registerPeople } from './people.ts'
import { play } from './play.ts'
import { refuseTaken } from './ports.ts'
import { startServer } from './server.ts'
import { tell } from './story.ts'
import { hasProgram, makeWorld } from './world.ts'

const SERVICES = ['catalog', 'payments', 'storefront'] as const

export interface DemoOptions {
  readonly keep: boolean
  readonly json: boolean
  readonly portsFrom?: number | undefined
  /** The file that starts every role. */
  readonly program: string
  /** Where the services of the story stand. */
  readonly examples: string
  /** Where git, python3 and haproxy are looked for. */
  readonly path: string
}

/** As a shell tells it: ended by SIGINT. Whoever gets it ends the process: visitors may be left. */
export const INTERRUPTED = 130

/** The exit code: 0 when the story went as it should. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { keep, json, path, program, examples } = options
  const places = placesFrom(options.portsFrom)
  const startedAt = performance.now()
  const out = json ? undefined : (text: string) => void process.stdout.write(text)
  const hasPython = hasProgram('python3', path)
  const services = SERVICES.filter((service) => service !== 'payments' || hasPython)
  out?.('Signalbox demonstration: three services, one good change, one bad.\n\n')
  if (!hasPython) out?.('python3 is not installed: the payments service is left out.\n')
  await refuseTaken(portsOf(places, services.length))
  const interrupted = interruption()
  const world = await makeWorld(services, { path, examples, places })
  const server = await startServer(world.dataDir, path, program)
  const story = tell(server.admin, out, process.stdout.isTTY === true)
  try {
    out?.(`The page, live: ${server.signIn}\n\n`)
    const team = await registerPeople(server)
    const outcome = await Promise.race([
      play({ admin: server.admin, team, story }, world, path),
      interrupted,
    ])
    if (outcome === INTERRUPTED) return INTERRUPTED
    await story.stop()
    const whole = { ...outcome, durationS: Math.round((performance.now() - startedAt) / 100) / 10 }
    if (json) process.stdout.write(`${JSON.stringify(whole)}\n`)
    else out?.(conclude(whole, server.url))
    if (keep) {
      out?.(stillRunning(server.signIn))
      await interrupted
    }
    return whole.bad.outcome === 'rolledBack' && whole.good.validated.length === 3 ? 0 : 1
  } finally {
    await story.stop()
    await server.stop()
    if (!keep) rmSync(world.folder, { recursive: true, force: true })
  }
}

const stillRunning = (signIn: string) =>
  `\nEverything is still running; Ctrl-C ends it. If you are not signed in yet: ${signIn}\n`

/** Somebody has seen enough: the rest of the story is left, and all that was started is ended. */
function interruption(): Promise<typeof INTERRUPTED> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => resolve(INTERRUPTED))
  })
}
