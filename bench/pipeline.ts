/** Figures of pipelines: what becomes of what their jobs print. */
import type { Figures } from './figures.ts'
import { logStoreFigures } from './pipeline/log-store.ts'

export async function run(): Promise<Figures> {
  return logStoreFigures()
}
