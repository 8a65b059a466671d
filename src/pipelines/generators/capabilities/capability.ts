/** What one target does with one feature: exactly one of three. */
import type { Feature } from '../features.ts'

export type Capability =
  /** In the target's own words. */
  | { readonly how: 'native'; readonly by: string }
  /** The job runs as `signalbox exec`, which does it. */
  | { readonly how: 'shim'; readonly by: string }
  | { readonly how: 'refused'; readonly because: string; readonly remedy: string }

/** A feature without a row does not compile. */
export type Capabilities = Readonly<Record<Feature, Capability>>

export const native = (by: string): Capability => ({ how: 'native', by })
export const refused = (because: string, remedy: string): Capability => ({
  how: 'refused',
  because,
  remedy,
})

const shim = (by: string): Capability => ({ how: 'shim', by })
export const EXEC_RETRY = shim('signalbox exec, which tries again')
export const EXEC_IDLE = shim('signalbox exec, which watches the output')
export const EXEC_GRACE = shim('signalbox exec, which ends the whole process group')
export const EXEC_NETWORK = shim('signalbox exec, in a network namespace of its own')

/** The same everywhere: none of the targets hands tests out, waits, or limits by the manifest. */
export const EVERYWHERE = {
  run: native('a step of sh -eu'),
  package: native('an archive of the files, kept as an artifact'),
  mutates: native('every job has a checkout of its own'),
  check: native('the variable SIGNALBOX_CHECK'),
  results: native('files in the archive of outputs'),
  grace: EXEC_GRACE,
  'network.none': EXEC_NETWORK,
  'finally.within': native('the limit of time of each of its jobs'),
  'shards.queue': refused(
    'tests are dealt before the shards start.',
    'Write mode: static and by: count.',
  ),
  flaky: refused(
    'which tests are quarantined is known to a server alone.',
    'Take flaky away, or run the job here.',
  ),
  queue: refused(
    'how long a job waits for a runner is not its own to say.',
    'Take queue away, and set it where the runners are set up.',
  ),
  resources: refused(
    'the size of a machine is chosen with the machine.',
    'Take resources away, and choose a runner by labels.',
  ),
  'services.run': refused(
    'a service beside a job is a container there.',
    'Give it an image, or start it inside run.',
  ),
} as const
