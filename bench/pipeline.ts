/** Figures of pipelines: what a job costs, and what becomes of what jobs print. */
import { resolve } from 'node:path'
import { buildServer } from '../tools/build-server.ts'
import type { Figures } from './figures.ts'
import { jobFigures } from './pipeline/jobs.ts'
import { logFigures } from './pipeline/log.ts'
import { logStoreFigures } from './pipeline/log-store.ts'

export async function run(): Promise<Figures> {
  // The program as users run it: from its sources a start takes as long as a hundred jobs.
  await buildServer(resolve(import.meta.dirname, '..'))
  const { figures, absent } = jobFigures()
  for (const [name, why] of Object.entries(absent)) console.error(`${name}: no figure, ${why}`)
  return { ...figures, ...(await logFigures()), ...(await logStoreFigures()) }
}
