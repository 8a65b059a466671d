/** Figures of pipelines: what becomes of what their jobs print. */
import type { Figures } from './figures.ts'
import { logFigures } from './pipeline/log.ts'
import { logStoreFigures } from './pipeline/log-store.ts'

export async function run(): Promise<Figures> {
  return { ...(await logFigures()), ...(await logStoreFigures()) }
}
