/** Free ports on 127.0.0.1 for instances. */
import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'
import { INSTANCE_PORTS } from '#catalog/events.ts'
import { Fault } from '#kernel/fault.ts'

const TRIES_MAX = 200

/** Whether a listener could start there now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      probe.close(() => resolve(true)),
    )
  })
}

/** A port nobody listens on and `taken` does not hold. Throws Fault `target.refused`. */
export async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let tried = 0; tried < TRIES_MAX; tried++) {
    const port = randomInt(INSTANCE_PORTS.first, INSTANCE_PORTS.last + 1)
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new Fault('target.refused', 'No loopback port is free for another instance.', {
    remedy: `Stop what listens on ports ${INSTANCE_PORTS.first} to ${INSTANCE_PORTS.last}.`,
  })
}

export function portInUse(port: number): Fault {
  return new Fault('target.port-in-use', `Port ${port} is taken by another program.`, {
    remedy: `Stop what listens on 127.0.0.1:${port} (ss -ltnp shows it) or choose another port.`,
  })
}
