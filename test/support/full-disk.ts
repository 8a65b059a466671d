import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

/**
 * Runs a module on a disk of `kibibytes` mounted at `folder`, seen by that process alone, and gives
 * what it printed; undefined where this user may not mount one. Tests only.
 */
export async function onSmallDisk(
  folder: string,
  kibibytes: number,
  script: string,
): Promise<string | undefined> {
  const mount = `mount -t tmpfs -o size=${kibibytes}k none "$0" || exit 77; exec "$@"`
  const node = [process.execPath, '--input-type=module', '-e', script]
  const argv = ['--user', '--map-root-user', '--mount', 'sh', '-c', mount, folder, ...node]
  const child = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const { promise: exit, resolve } = Promise.withResolvers<number | null>()
  child.once('error', () => resolve(77))
  child.once('exit', resolve)
  const [printed, complaint, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exit,
  ])
  if (code === 0) return printed
  // 77 is what our mount line says; unshare itself says 1 and why.
  if (code === 77 || complaint.includes('unshare')) return undefined
  throw new Error(`the script on the small disk failed: ${complaint}`)
}
