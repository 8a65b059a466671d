/**
 * Which connections a service may be measured by: those that the operator has set up. A name that
 * nobody knows would be found out in the middle of a rollout.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { ServiceCommand } from './commands.ts'
import type { AnalysisSource } from './events.ts'

export type SourceRefusal = 'service.unknown-source' | 'service.unusable-source'

export interface Sources {
  readonly names: readonly string[]
  /** What its connection says of the queries: one that cannot be read, a template it lacks. */
  problemOf(
    source: AnalysisSource,
  ): { readonly message: string; readonly remedy: string } | undefined
}

/** What speaks against a service that is measured by a connection nobody has set up. */
export function refuseSource(
  { names: known, problemOf }: Sources,
  command: { readonly type: string },
): Rejection<SourceRefusal> | undefined {
  if (command.type !== 'service.apply') return undefined
  const { spec } = command as ServiceCommand
  if (spec.analysis === undefined) return undefined
  const { source } = spec.analysis
  if (known.includes(source)) {
    const problem = problemOf(spec.analysis)
    return problem && reject('service.unusable-source', problem.message, problem.remedy)
  }
  const close = nearest(source, known)
  return reject(
    'service.unknown-source',
    `${spec.name} is measured by ${source}, which is no connection of this server.`,
    close !== undefined
      ? `Did you mean ${close}?`
      : 'Leave out spec.analysis, or have the operator add it to SIGNALBOX_METRICS.',
  )
}
