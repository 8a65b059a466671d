/**
 * An artifact is published once and named by its digest; then the build's attestations arrive. It
 * is complete, and may become a release, when everything the build owes is there.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { ArtifactCommand, ArtifactSource } from './commands.ts'
import { type ArtifactEvent, PREDICATE } from './events.ts'

/** What every build owes, whatever the tier; gates ask for more. */
export const OWED: readonly string[] = [PREDICATE.provenance, PREDICATE.sbom]

export interface ArtifactState {
  readonly source?: ArtifactSource
  /** Predicate types attested; those that tell of something with its name. */
  readonly attested: readonly string[]
  readonly complete: boolean
  /** Its bytes were never here, so it never becomes a release. */
  readonly isElsewhere?: true | undefined
  /** What becomes of its bytes; left out: they are kept. */
  readonly bytes?: 'pruned' | 'removed' | undefined
}

export type ArtifactRefusal =
  | 'artifact.unpublished'
  | 'artifact.other-source'
  | 'artifact.referred-to'
  | 'artifact.being-removed'

type Answer = readonly ArtifactEvent[] | Rejection<ArtifactRefusal>

export const artifact: Decider<ArtifactState, ArtifactCommand, ArtifactEvent, ArtifactRefusal> = {
  initial: { attested: [], complete: false },
  decide(command, state): Answer {
    if (command.type === 'artifact.publish') return publish(command, state)
    if (command.type === 'artifact.report') return report(command, state)
    if (state.source === undefined)
      return reject('artifact.unpublished', 'Nobody published this digest.', 'Run its pipeline.')
    switch (command.type) {
      case 'artifact.recordFailure':
        return [{ ...command, type: 'artifact.verificationFailed' }]
      case 'artifact.attest':
        return attest(command, state, state.source)
      case 'artifact.prune':
        return prune(command, state)
      case 'artifact.spare':
        return state.bytes === 'pruned' ? [{ ...command, type: 'artifact.spared' }] : []
      case 'artifact.remove':
        return state.bytes === 'pruned' ? [{ ...command, type: 'artifact.removed' }] : []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'artifact.published': {
        const { service, repository, branch, sha, run } = event
        const { bytes: _, isElsewhere: __, ...rest } = state
        return { ...rest, source: { service, repository, branch, sha, run } }
      }
      case 'artifact.reported': {
        const { service, repository, branch, sha, run } = event
        return { ...state, source: { service, repository, branch, sha, run }, isElsewhere: true }
      }
      case 'artifact.attested':
        return { ...state, attested: [...state.attested, attestedAs(event)] }
      case 'artifact.completed':
        return { ...state, complete: true }
      case 'artifact.verificationFailed':
        return state
      case 'artifact.pruned':
        return { ...state, bytes: 'pruned' }
      case 'artifact.spared': {
        const { bytes: _, ...rest } = state
        return rest
      }
      case 'artifact.removed':
        // Attestations were its referrers, and went with it.
        return { ...state, bytes: 'removed', attested: [], complete: false }
    }
  },
}

export const artifacts = { kind: 'artifact', decider: artifact } as const

type Report = Extract<ArtifactCommand, { type: 'artifact.report' }>
type Publish = Extract<ArtifactCommand, { type: 'artifact.publish' }>
type Prune = Extract<ArtifactCommand, { type: 'artifact.prune' }>
type Attest = Extract<ArtifactCommand, { type: 'artifact.attest' }>

function publish(command: Publish, state: ArtifactState): Answer {
  if (state.source === undefined) return [{ ...command, type: 'artifact.published' }]
  // The manifest names commit and service, so the same digest from elsewhere cannot be.
  if (state.source.service !== command.service || state.source.sha !== command.sha)
    return reject(
      'artifact.other-source',
      `This digest was published for ${state.source.service} at ${state.source.sha}.`,
      'Look for the run that published it.',
    )
  if (state.bytes === 'pruned')
    return reject(
      'artifact.being-removed',
      'This digest was pruned, and its bytes are about to go.',
      'Wait until they have; then it is published again.',
    )
  return state.bytes === 'removed' ? [{ ...command, type: 'artifact.published' }] : []
}

/** The first to tell of a digest is believed; the same bytes may well be made again. */
function report(command: Report, state: ArtifactState): Answer {
  return state.source === undefined ? [{ ...command, type: 'artifact.reported' }] : []
}

function prune(command: Prune, state: ArtifactState): Answer {
  if (state.bytes !== undefined || state.isElsewhere) return []
  const [first] = command.references
  if (first === undefined) {
    const { at, by, digest, reason } = command
    return [{ type: 'artifact.pruned', at, by, digest, reason }]
  }
  return reject(
    'artifact.referred-to',
    `It is needed: ${first.by}.`,
    'Leave it. `signalbox artifacts retention` says what keeps each, and until when.',
  )
}

/** One of a type, or one of a type and thing that it tells of. */
export function attestedAs(of: {
  readonly predicateType: string
  readonly about?: string | undefined
}): string {
  return of.about === undefined ? of.predicateType : `${of.predicateType} ${of.about}`
}

function attest(command: Attest, state: ArtifactState, source: ArtifactSource): Answer {
  if (state.attested.includes(attestedAs(command))) return []
  const events: ArtifactEvent[] = [{ ...command, type: 'artifact.attested' }]
  const attested = [...state.attested, attestedAs(command)]
  if (!state.complete && !state.isElsewhere && OWED.every((type) => attested.includes(type))) {
    const { at, by, digest } = command
    events.push({ type: 'artifact.completed', at, by, digest, ...source })
  }
  return events
}
