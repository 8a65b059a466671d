/**
 * Which connections a service may be measured by: those that the operator has set up. A name that
 * nobody knows would be found out in the middle of a rollout.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import { nearest } from '#kernel/nearest.ts'
import type { ServiceCommand } from './commands.ts'

export type SourceRefusal = 'service.unknown-source'

/** What speaks against a service that is measured by a connection nobody has set up. */
export function refuseSource(
  known: readonly string[],
  command: { readonly type: string },
): Rejection<SourceRefusal> | undefined {
  if (command.type !== 'service.apply') return undefined
  const { spec } = command as ServiceCommand
  const source = spec.analysis?.source
  if (source === undefined || known.includes(source)) return undefined
  const close = nearest(source, known)
  return reject(
    'service.unknown-source',
    `${spec.name} is measured by ${source}, which is no connection of this server.`,
    close !== undefined
      ? `Did you mean ${close}?`
      : 'Leave out spec.analysis, or have the operator add it to SIGNALBOX_METRICS.',
  )
}
