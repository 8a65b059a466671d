/**
 * A Docker engine of the test's own, in a folder and on a socket of its own, with one image: a
 * shell and a dozen tools of this machine. Without a bridge, so that no rule of the machine's
 * network is touched.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEngine } from '../../src/runner/executors/docker/engine.ts'
import { findTool } from '../../src/runner/executors/supervisor.ts'
import { TAR_END, tarHeader, tarPadding } from '../../src/runner/tar.ts'
import { until } from './until.ts'

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
const TOOLS = 'sh cat echo sleep env ls head tr seq kill pwd grep setsid touch rm mkfifo test perl'
export const IMAGE = 'signalbox-test:1'
/** Says hello to whoever comes to port 5432. Sockets by their numbers: no module is there. */
export const SERVICE_IMAGE = 'signalbox-test-service:1'
const SERVE = `$| = 1; print "serving $ENV{GREETING}\\n"; socket(S, 2, 1, 6);
  bind(S, pack("Sna4x8", 2, 5432, "\\0\\0\\0\\0")); listen(S, 5);
  while (accept(C, S)) { print C "$ENV{GREETING}\\n"; close C }`

export interface Dockerd {
  readonly socket: string
  stop(): Promise<void>
}

/** Undefined where there is none, or where it may not work. */
export async function startDockerd(): Promise<Dockerd | undefined> {
  const program = findTool('dockerd', PATH)
  if (program === undefined || process.getuid?.() !== 0) return undefined
  const root = mkdtempSync(join(tmpdir(), 'signalbox-dockerd-'))
  const socket = join(root, 'docker.sock')
  const settings = {
    hosts: [`unix://${socket}`],
    'data-root': join(root, 'data'),
    'exec-root': join(root, 'exec'),
    pidfile: join(root, 'pid'),
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    'storage-driver': 'vfs',
    // Some machines forbid to lower it, which is what it would do by itself.
    'oom-score-adjust': 0,
  }
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'daemon.json'), JSON.stringify(settings))
  const args = ['--config-file', join(root, 'daemon.json')]
  const child = spawn(program, args, { stdio: 'ignore' })
  const stop = stopOf(child, root)
  try {
    await until('dockerd is up', () => makeEngine(socket).isThere())
    await importImage(socket, IMAGE)
    await importImage(socket, SERVICE_IMAGE, ['perl', '-e', SERVE])
    return { socket, stop }
  } catch {
    await stop()
    return undefined
  }
}

/** Ends the daemon, and takes away what it mounted and kept. */
export function stopOf(child: ChildProcess, root: string): () => Promise<void> {
  const ended = once(child, 'exit').catch(() => undefined)
  return async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
    for (const place of mountsIn(root)) unmount(place)
    rmSync(root, { recursive: true, force: true })
  }
}

const unmount = (place: string): void => void execFileSync('umount', ['-l', place])

/** The network of the machine stays mounted when a container has used it. */
function mountsIn(root: string): string[] {
  const places = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  return places.filter((place) => place.startsWith(`${root}/`)).toReversed()
}

export async function importImage(
  socketPath: string,
  name: string,
  command: readonly string[] = [],
): Promise<void> {
  const tar = Buffer.concat([
    ...filesOfImage().flatMap(([path, content]) => [
      tarHeader({ path, mode: 0o755, sizeBytes: content.length }),
      content,
      tarPadding(content.length),
    ]),
    TAR_END,
  ])
  const [repo = '', tag = ''] = name.split(':')
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  if (command.length > 0) query.set('changes', `CMD ${JSON.stringify(command)}`)
  const path = `/v1.41/images/create?${query}`
  const headers = { 'content-type': 'application/x-tar', 'content-length': tar.length }
  const sent = http.request({ socketPath, method: 'POST', path, headers })
  sent.end(tar)
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage]
  answer.resume()
  await once(answer, 'end')
}

function filesOfImage(): [string, Buffer][] {
  const files = new Map<string, Buffer>()
  for (const tool of TOOLS.split(' ')) {
    const path = findTool(tool, PATH)
    if (path === undefined) continue
    files.set(`bin/${tool}`, readFileSync(realpathSync(path)))
    const libraries = execFileSync('ldd', [realpathSync(path)], { encoding: 'utf8' })
    for (const [library] of libraries.matchAll(/\/[^\s:]+/g))
      if (existsSync(library)) files.set(library.slice(1), readFileSync(realpathSync(library)))
  }
  return [...files]
}
