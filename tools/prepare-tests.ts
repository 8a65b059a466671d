/**
 * Brings what the tests with real servers want and the machine lacks: HAProxy and Chromium, by apt
 * when we are root. Without them those tests are skipped, and it is said loudly which.
 */
import { spawnSync } from 'node:child_process'

const WANTED: readonly {
  readonly program: string
  readonly package: string
  readonly why: string
}[] = [
  { program: 'git', package: 'git', why: 'everything that reads repositories' },
  { program: 'haproxy', package: 'haproxy', why: 'the HAProxy router' },
  { program: 'chromium', package: 'chromium', why: 'the pages, as a person sees them' },
  { program: 'bwrap', package: 'bubblewrap', why: 'the confinement of jobs' },
  { program: 'prometheus', package: 'prometheus', why: 'metrics of a real Prometheus' },
  { program: 'python3', package: 'python3', why: 'the service written in Python' },
]

const has = (program: string) => spawnSync('which', [program]).status === 0
const missing = WANTED.filter(({ program }) => !has(program))
if (missing.length > 0 && process.getuid?.() === 0 && has('apt-get')) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], {
      env,
      stdio: ['ignore', 2, 2],
    })
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...missing.map((each) => each.package))
}
for (const { program, why } of missing)
  if (!has(program)) console.error(`!!! NOT TESTED: ${why}; ${program} is not installed.`)
