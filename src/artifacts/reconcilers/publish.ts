/**
 * Makes an artifact of what a successful run packaged: pushes it to the registry under its digest,
 * attaches the SBOM and the signed statements, and records each step as it is done. Every step
 * looks first whether it was done, so a crash in between costs one repetition and no artifact.
 */
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import type { PackagedFiles, RunEvent } from '#pipelines/events.ts'
import type { BlobStore } from '#pipelines/ports.ts'
import { runNamed, type RunRow } from '#pipelines/queries.ts'
import { artifacts } from '../artifact.ts'
import type { ArtifactCommand } from '../commands.ts'
import type { Registry, Signer } from '../ports.ts'
import { provenanceOf, withoutSecrets } from '../provenance.ts'
import { sbomStatementOf } from '../sbom-statement.ts'
import type { Statement } from '../statement.ts'
import { attest } from './attest.ts'
import { reportedLoop } from './reported.ts'

/** What SBOM tools call it. */
export const SBOM_TYPE = 'application/vnd.cyclonedx+json'
/** An SBOM of a thousand parts has about 1 MB. */
const SBOM_BYTES_MAX = 32 * 1024 * 1024

export interface PublishNeeds {
  readonly engine: Engine
  readonly registry: Registry
  readonly signer: Signer
  readonly blobs: BlobStore
  readonly log: Logger
  now(): number
}

export function reconcilers(needs: PublishNeeds): readonly Reconciler[] {
  return [
    reportedLoop(needs),
    defineReconciler<RunEvent>({
      kind: 'artifact',
      concurrency: 2,
      hears: ['run'],
      wokenBy: ({ event, id }) =>
        event.type === 'run.finished' && event.outcome === 'succeeded' ? [id] : [],
      async reconcile(id) {
        const run = await runNamed(needs.engine.reads, id)
        const packaged = Object.values(run?.jobs ?? {}).find((job) => job.packaged)?.packaged
        // A pipeline without a package job tests and builds, and releases nothing.
        if (run === undefined || packaged === undefined) return
        // What is only proposed is not released, whatever it packages.
        if (run.trigger === 'pullRequest') return
        await publish(needs, run, packaged)
      },
    }),
  ]
}

async function publish(needs: PublishNeeds, run: RunRow, packaged: PackagedFiles): Promise<void> {
  const { engine, registry, blobs, now } = needs
  const { service, branch, sha, repository } = run
  const { digest } = await registry.push({
    name: service,
    layer: {
      digest: packaged.digest,
      path: blobs.path(packaged.digest),
      sizeBytes: packaged.sizeBytes,
    },
    annotations: {
      'org.opencontainers.image.title': service,
      'org.opencontainers.image.source': withoutSecrets(repository),
      'org.opencontainers.image.revision': sha,
    },
  })
  const execute = (command: ArtifactCommand) =>
    engine.execute(artifacts, digest, command, { actor: SYSTEM })
  const published = await execute({
    type: 'artifact.publish',
    at: now(),
    by: SYSTEM.id,
    digest,
    service,
    repository,
    branch,
    sha,
    run: run.id,
    layer: packaged.digest,
    sizeBytes: packaged.sizeBytes,
    files: packaged.files,
  })
  if (published.rejected) {
    const { code, message, remedy } = published
    // Pruned a moment ago and built again: it comes back once its bytes have gone.
    throw new Fault(code, message, { remedy })
  }
  const { state } = await engine.load(artifacts, digest)
  for (const statement of await statementsOf(needs, run, packaged, digest)) {
    const { predicateType } = statement
    if (state.attested.includes(predicateType)) continue
    const { attestation, keyId } = await attest(needs, digest, statement)
    const facts = { at: now(), by: SYSTEM.id, digest }
    await execute({ type: 'artifact.attest', ...facts, predicateType, attestation, keyId })
  }
}

/** Provenance from the facts of the run; the SBOM when the package job wrote one. */
async function statementsOf(
  { blobs, registry }: PublishNeeds,
  run: RunRow,
  packaged: PackagedFiles,
  digest: string,
): Promise<readonly Statement[]> {
  const subject = { name: run.service, digest }
  const { repository, branch, sha, pipeline, queued_at: startedAt } = run
  const finishedAt = run.ended_at ?? startedAt
  const facts = { repository, branch, sha, run: run.id, pipeline, startedAt, finishedAt }
  const provenance = provenanceOf({ artifact: subject, ...facts })
  if (packaged.sbom === undefined) return [provenance]
  const sbom = await blobs.get(packaged.sbom.digest)
  const body = await bytesOf(sbom.body, SBOM_BYTES_MAX)
  // Unsigned too, under the type that SBOM tools look for.
  const annotations = { 'org.opencontainers.image.title': 'sbom.cdx.json' }
  await registry.attach({ subject: digest, artifactType: SBOM_TYPE, body, annotations })
  const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
  return [provenance, sbomStatementOf(subject, document as Record<string, unknown>)]
}

async function bytesOf(body: NodeJS.ReadableStream, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > bytesMax) throw new Error(`the SBOM is larger than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
