/** Which version is where, of a thousand services in ten environments, as the page asks for it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseAddress } from '#engine/sql.ts'
import { startApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { quiet } from '../cluster.ts'
import { type Figures, percentile } from '../figures.ts'
import { makeWorld } from './world.ts'

const ASKED = 30

export async function matrix(address: DatabaseAddress): Promise<Figures> {
  const size = { services: 1_000, environments: 10, row: { checks: [] } }
  const world = await makeWorld(address, size)
  await world.close()
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  chmodSync(folder, 0o711)
  const app = await startApp(
    readConfig({
      SIGNALBOX_DATA: folder,
      SIGNALBOX_PORT: '0',
      SIGNALBOX_ROLE: 'api',
      SIGNALBOX_RUNNER_SLOTS: '0',
      DATABASE_URL: urlOf(address),
      PATH: process.env['PATH'],
    }),
    { dev: true, version: '0.0.0', log: quiet },
  )
  try {
    const ms: number[] = []
    let cells = 0
    for (let i = 0; i < ASKED; i++) {
      const before = performance.now()
      const answer = await fetch(`${app.url}/api/v1/slots`)
      cells = ((await answer.json()) as unknown[]).length
      ms.push(performance.now() - before)
    }
    return {
      'cells of the version matrix': { value: cells, unit: '' },
      'version matrix p50': { value: percentile(ms, 0.5), unit: 'ms', goal: '<= 200' },
      'version matrix p95': { value: percentile(ms, 0.95), unit: 'ms' },
    }
  } finally {
    await app.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function urlOf({ host, port, user, password, database }: DatabaseAddress): string {
  const [name, secret] = [user, password].map((part) => encodeURIComponent(part ?? ''))
  // A folder with a socket, or a name.
  const place = encodeURIComponent(host ?? '')
  return `postgresql://${name}:${secret}@${place}:${port}/${database}`
}
