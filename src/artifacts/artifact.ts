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
  /** Predicate types attested. */
  readonly attested: readonly string[]
  readonly complete: boolean
}

export type ArtifactRefusal = 'artifact.unpublished' | 'artifact.other-source'

type Answer = readonly ArtifactEvent[] | Rejection<ArtifactRefusal>

export const artifact: Decider<ArtifactState, ArtifactCommand, ArtifactEvent, ArtifactRefusal> = {
  initial: { attested: [], complete: false },
  decide(command, state): Answer {
    if (command.type === 'artifact.publish') return publish(command, state)
    if (state.source === undefined)
      return reject('artifact.unpublished', 'Nobody published this digest.', 'Run its pipeline.')
    if (command.type === 'artifact.recordFailure')
      return [{ ...command, type: 'artifact.verificationFailed' }]
    return attest(command, state, state.source)
  },
  evolve(state, event) {
    switch (event.type) {
      case 'artifact.published': {
        const { service, repository, branch, sha, run } = event
        return { ...state, source: { service, repository, branch, sha, run } }
      }
      case 'artifact.attested':
        return { ...state, attested: [...state.attested, event.predicateType] }
      case 'artifact.completed':
        return { ...state, complete: true }
      case 'artifact.verificationFailed':
        return state
    }
  },
}

export const artifacts = { kind: 'artifact', decider: artifact } as const

type Publish = Extract<ArtifactCommand, { type: 'artifact.publish' }>
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
  return []
}

function attest(command: Attest, state: ArtifactState, source: ArtifactSource): Answer {
  if (state.attested.includes(command.predicateType)) return []
  const events: ArtifactEvent[] = [{ ...command, type: 'artifact.attested' }]
  const attested = [...state.attested, command.predicateType]
  if (!state.complete && OWED.every((type) => attested.includes(type))) {
    const { at, by, digest } = command
    events.push({ type: 'artifact.completed', at, by, digest, ...source })
  }
  return events
}
