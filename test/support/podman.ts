/**
 * Podman's socket in the words of Docker, in a folder of the test's own, with the image that the
 * tests of Docker use.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEngine } from '../../src/runner/executors/docker/engine.ts'
import { findTool } from '../../src/runner/executors/supervisor.ts'
import { type Dockerd, IMAGE, importImage, stopOf } from './dockerd.ts'
import { until } from './until.ts'

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
/** What works where control groups are of both versions. */
const containers = (runtime: string) => `[containers]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
runc = ["${runtime}"]
`

/** Asks for no higher limits than there are: some machines forbid to raise them, even to root. */
const runtime = (runc: string) => `#!/bin/sh
bundle=
previous=
for word in "$@"; do
  [ "$previous" = --bundle ] || [ "$previous" = -b ] && bundle=$word
  previous=$word
done
[ -z "$bundle" ] || '${process.execPath}' -e '
  const { readFileSync, writeFileSync } = require("node:fs")
  const file = process.argv[1] + "/config.json"
  const config = JSON.parse(readFileSync(file, "utf8"))
  delete config.process.rlimits
  delete config.process.oomScoreAdj
  writeFileSync(file, JSON.stringify(config))' "$bundle"
exec '${runc}' "$@"
`

/** Undefined where there is none, or where it may not work. */
export async function startPodman(): Promise<Dockerd | undefined> {
  const program = findTool('podman', PATH)
  const runc = findTool('runc', PATH)
  if (program === undefined || runc === undefined || process.getuid?.() !== 0) return undefined
  const root = mkdtempSync(join(tmpdir(), 'sb-podman-'))
  const inside = (name: string) => join(root, name)
  mkdirSync(inside('run'))
  writeFileSync(inside('runc'), runtime(runc), { mode: 0o755 })
  writeFileSync(inside('containers.conf'), containers(inside('runc')))
  const folders = `graphroot = "${inside('graph')}"\nrunroot = "${inside('run')}"\n`
  writeFileSync(inside('storage.conf'), `[storage]\ndriver = "vfs"\n${folders}`)
  const socket = inside('podman.sock')
  const child = spawn(program, ['system', 'service', '--time=0', `unix://${socket}`], {
    stdio: 'ignore',
    // What watches its containers writes notes where it was started.
    cwd: root,
    env: {
      ...{ PATH, HOME: root, XDG_RUNTIME_DIR: inside('run') },
      CONTAINERS_CONF: inside('containers.conf'),
      CONTAINERS_STORAGE_CONF: inside('storage.conf'),
    },
  })
  const stop = stopOf(child, root)
  try {
    await until('podman is up', () => makeEngine(socket).isThere())
    await importImage(socket, IMAGE)
    await tag(socket, IMAGE)
    return { socket, stop }
  } catch {
    await stop()
    return undefined
  }
}

/** Imported, an image is the latest of its name, whatever was asked for. */
async function tag(socketPath: string, name: string): Promise<void> {
  const [repo = '', version = ''] = name.split(':')
  const path = `/v1.41/images/${repo}:latest/tag?${new URLSearchParams({ repo, tag: version })}`
  const sent = http.request({ socketPath, method: 'POST', path })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [http.IncomingMessage]
  answer.resume()
  await once(answer, 'end')
}
