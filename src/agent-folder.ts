/** Where the process target's agent keeps its state. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'

/** A socket's path holds 107 bytes, and the agent needs some of them below its folder. */
const AGENT_DIR_BYTES_MAX = 60

/** A folder below /tmp can be made by anybody who guesses its name; then it is not ours to use. */
export function checkOwner(dir: string): void {
  if (process.getuid === undefined || statSync(dir).uid === process.getuid()) return
  throw new Fault('target.foreign-folder', `${dir} belongs to somebody else.`, {
    remedy: 'Give the server a shorter data folder with --data, or remove that one.',
    retry: false,
  })
}

export function agentDir(dataDir: string): string {
  const inside = join(dataDir, 'target')
  if (Buffer.byteLength(inside) <= AGENT_DIR_BYTES_MAX) return inside
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  return join(tmpdir(), `signalbox-target-${hash}`)
}
