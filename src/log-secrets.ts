/**
 * Secrets that no reader of a log may see, by reference: a value that leaked into logs before
 * anybody knew is hidden from the moment its reference is configured. Values are read at each use
 * and never kept, told or written.
 */
import type { Environment } from './config.ts'
import type { Logger } from '#engine/log.ts'
import type { KnownSecrets } from '#pipelines/ports.ts'
import { secretOf } from './metrics-connections.ts'

export function logSecrets(
  references: readonly string[],
  environment: Environment,
  log: Logger,
): KnownSecrets {
  const missed = new Set<string>()
  const valueOf = (reference: string): string[] => {
    try {
      return [secretOf(reference, environment)]
    } catch (err) {
      // The others are hidden all the same; said once, since logs are read all day.
      if (!missed.has(reference))
        log.warn({ err }, 'a secret of SIGNALBOX_LOG_SECRETS is not there')
      missed.add(reference)
      return []
    }
  }
  return { values: () => references.flatMap(valueOf) }
}
