/** Where the reports of a job are, of either dialect. */
import type { JobSpec } from '../../pipelines/events.ts'
import { compileGlobs, type Globs } from '../glob.ts'

export interface ReportGlobs extends Globs {
  /** Named as what go test prints: whatever it begins with, it is read as that. */
  isGoTest(path: string): boolean
}

export function reportGlobs({ junit, gotest = [] }: JobSpec): ReportGlobs {
  const all = compileGlobs([...junit, ...gotest])
  const ofGo = compileGlobs(gotest)
  return { ...all, isGoTest: (path) => ofGo.matches(path) }
}
