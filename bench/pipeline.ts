/** Figures of pipelines: what a runner adds to the work itself. */
import type { Figures } from './figures.ts'
import { logFigures } from './pipeline/log.ts'

export async function run(): Promise<Figures> {
  return logFigures()
}
