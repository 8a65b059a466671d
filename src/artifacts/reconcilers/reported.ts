/**
 * What jobs of other CI systems made and keep elsewhere: put on record under its digest, with
 * provenance that says who told of it and what was signed for. Its bytes were never here, so it is
 * shown and traced, and never deployed from here.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { ForeignArtifact } from '#pipelines/events/foreign.ts'
import type { RunEvent } from '#pipelines/events.ts'
import { runNamed, type RunRow } from '#pipelines/queries.ts'
import { artifacts } from '../artifact.ts'
import type { ArtifactCommand } from '../commands.ts'
import { PREDICATE } from '../events.ts'
import type { Registry, Signer } from '../ports.ts'
import { provenanceOf } from '../provenance.ts'
import { attest } from './attest.ts'

export interface ReportedNeeds {
  readonly engine: Engine
  readonly registry: Registry
  readonly signer: Signer
  now(): number
}

export function reportedLoop(needs: ReportedNeeds): Reconciler {
  return defineReconciler<RunEvent>({
    kind: 'reported-artifact',
    concurrency: 2,
    hears: ['run'],
    wokenBy: ({ event, id }) =>
      event.type === 'run.jobFinished' && event.made !== undefined ? [id] : [],
    async reconcile(id) {
      const run = await runNamed(needs.engine.reads, id)
      if (run === undefined || run.origin === null) return
      for (const { made = [] } of Object.values(run.jobs))
        for (const one of made) await record(needs, run, one)
    },
  })
}

async function record(needs: ReportedNeeds, run: RunRow, made: ForeignArtifact): Promise<void> {
  const { engine, now } = needs
  const { digest, name, uri, sizeBytes = 0 } = made
  const { service, branch, sha, repository } = run
  const execute = (command: ArtifactCommand) =>
    engine.execute(artifacts, digest, command, { actor: SYSTEM })
  const source = { service, repository, branch, sha, run: run.id }
  const facts = { at: now(), by: SYSTEM.id, digest, name, sizeBytes, ...(uri && { uri }) }
  await execute({ type: 'artifact.report', ...facts, ...source })
  const { state } = await engine.load(artifacts, digest)
  // Somebody told of it before, or it lies here: this run has nothing to add.
  const isOurs = state.isElsewhere && state.source?.run === run.id
  if (!isOurs || state.attested.includes(PREDICATE.provenance)) return
  const statement = provenanceOf({
    artifact: { name, digest },
    ...{ repository, branch, sha, run: run.id, pipeline: run.pipeline },
    startedAt: run.queued_at,
    finishedAt: run.ended_at ?? now(),
    origin: run.origin ?? undefined,
  })
  const { attestation, keyId } = await attest(needs, digest, statement, sizeBytes)
  const { predicateType } = statement
  await execute({
    type: 'artifact.attest',
    ...{ at: now(), by: SYSTEM.id, digest, predicateType, attestation, keyId },
  })
}
