/**
 * At most one holder of a name on this machine: a listening Unix socket, which ends with its
 * process however that ends, so there is no stale lock to explain to anybody.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The way to let go, or undefined when somebody else holds it. */
export async function holdAlone(name: string): Promise<(() => void) | undefined> {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 20)
  const path = join(tmpdir(), `signalbox-${hash}.sole`)
  const first = await listen(path)
  if (first !== undefined) return first
  if (await answers(path)) return undefined
  // The socket file of a holder that was killed; another who comes now finds ours listening.
  rmSync(path, { force: true })
  return listen(path)
}

async function listen(path: string): Promise<(() => void) | undefined> {
  const server = net.createServer((socket) => socket.destroy())
  server.unref()
  try {
    await once(server.listen(path), 'listening')
    return () => server.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = net.connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
