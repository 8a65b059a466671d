/**
 * Provenance: how an artifact was built, as SLSA says it (https://slsa.dev/spec/v1.0/provenance),
 * so that anyone's verifier can read it. Written from facts of the run and read back as strictly.
 */
import { z } from 'zod'
import type { RunOrigin } from '#pipelines/events/foreign.ts'
import { PREDICATE } from './events.ts'
import { type Statement, type Subject, makeStatement } from './statement.ts'

/** Who vouches: the platform on one machine. Another way of running jobs is another builder. */
export const BUILDER_ID = 'https://signalbox.dev/builders/local@v1'
/** What the external parameters mean; a change of their meaning is a new version. */
export const BUILD_TYPE = 'https://signalbox.dev/pipeline/v1'

export interface ProvenanceFacts {
  readonly artifact: Subject
  /** Clone address. */
  readonly repository: string
  readonly branch: string
  readonly sha: string
  readonly run: string
  /** Where the graph of jobs came from: `signalbox.yaml` or `paved-road/node-service@1`. */
  readonly pipeline: string
  readonly startedAt: number
  readonly finishedAt: number
  /** Where it was built, when that was not here. */
  readonly origin?: RunOrigin | undefined
}

/** Built elsewhere, and told of: what an issuer signed for is named, and the rest is a word. */
export const REPORTED_BUILD_TYPE = 'https://signalbox.dev/reported/v1'

export function provenanceOf(facts: ProvenanceFacts): Statement {
  const ref = `refs/heads/${facts.branch}`
  const repository = withoutSecrets(facts.repository)
  const { origin } = facts
  return makeStatement(facts.artifact, PREDICATE.provenance, {
    buildDefinition: {
      buildType: origin === undefined ? BUILD_TYPE : REPORTED_BUILD_TYPE,
      externalParameters: { repository, ref, pipeline: facts.pipeline },
      internalParameters: origin === undefined ? {} : reportedBy(origin),
      resolvedDependencies: [
        { uri: `${sourceUri(repository)}@${ref}`, digest: { gitCommit: facts.sha } },
      ],
    },
    runDetails: {
      builder: { id: origin?.builder ?? BUILDER_ID },
      metadata: {
        invocationId: origin?.url ?? facts.run,
        startedOn: new Date(facts.startedAt).toISOString(),
        finishedOn: new Date(facts.finishedAt).toISOString(),
      },
    },
  })
}

const reportedBy = ({ system, issuer, run, attempt, vouched }: RunOrigin) => ({
  system,
  issuer,
  run,
  attempt,
  vouched: [...vouched],
})

const provenance = z.object({
  buildDefinition: z.object({
    buildType: z.string(),
    externalParameters: z.object({ repository: z.string(), ref: z.string() }),
    resolvedDependencies: z
      .array(z.object({ uri: z.string(), digest: z.object({ gitCommit: z.string().optional() }) }))
      .max(1000),
  }),
  runDetails: z.object({ builder: z.object({ id: z.string() }) }),
})

export interface Origin {
  readonly builder: string
  readonly buildType: string
  readonly repository: string
  /** Empty when the provenance names no commit of that repository. */
  readonly sha: string
}

/** Where the statement says the artifact comes from; undefined when it does not say. */
export function originOf(statement: Statement): Origin | undefined {
  const read = provenance.safeParse(statement.predicate)
  if (!read.success) return undefined
  const { buildDefinition, runDetails } = read.data
  const { repository, ref } = buildDefinition.externalParameters
  // The commit counts only where it is said of the same repository and branch.
  const source = buildDefinition.resolvedDependencies.find(
    (dependency) => dependency.uri === `${sourceUri(repository)}@${ref}`,
  )
  return {
    builder: runDetails.builder.id,
    buildType: buildDefinition.buildType,
    repository,
    sha: source?.digest.gitCommit ?? '',
  }
}

/** The address without a password or token: provenance travels further than the repository. */
export function withoutSecrets(repository: string): string {
  return repository
    .replace(/^(https?:\/\/)[^/@]*@/, '$1')
    .replace(/^(ssh:\/\/[^/@:]*):[^/@]*@/, '$1@')
}

/** SPDX's way to name a git source: `git+` before an address with a scheme. */
function sourceUri(repository: string): string {
  return repository.startsWith('/') ? `git+file://${repository}` : `git+${repository}`
}
