/**
 * Writes down beside an artifact what became of it: how it was tested, that it was released, where
 * it was let in and where it arrived. After the fact, and once: what is recorded is not signed
 * again. A crash between the two leaves one more of the same words, which is no harm.
 */
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { runNamed } from '#pipelines/queries.ts'
import type { ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent } from '#rollouts/events.ts'
import { artifacts, attestedAs } from '../artifact.ts'
import {
  type DeploymentFacts,
  deploymentOf,
  promotionOf,
  releaseOf,
  summaryOf,
  testResultOf,
} from '../attest/predicates.ts'
import { type ArtifactEvent, PREDICATE, type ScanFound } from '../events.ts'
import type { Registry, Signer } from '../ports.ts'
import { BUILDER_ID, withoutSecrets } from '../provenance.ts'
import { type ArtifactRow, artifactNamed } from '../queries.ts'
import type { Statement } from '../statement.ts'
import { attest } from './attest.ts'

export interface AttestNeeds {
  readonly engine: Engine
  readonly registry: Registry
  readonly signer: Signer
  readonly log: Logger
  now(): number
}

/** A registry lists a thousand; what scanners add has to find room too. */
const ATTESTATIONS_MAX = 500

/** The key carries the facts: what happened does not change, and no room above is asked. */
type Told =
  | { readonly what: 'built'; readonly digest: string }
  | {
      readonly what: 'released'
      readonly digest: string
      readonly release: string
      readonly version: string
    }
  | (DeploymentFacts & {
      readonly what: 'admitted'
      readonly digest: string
      readonly policy: string
    })
  | (DeploymentFacts & { readonly what: 'arrived'; readonly digest: string })

type Heard = ArtifactEvent | ReleaseEvent | DeploymentEvent

export function attester(needs: AttestNeeds): Reconciler {
  return defineReconciler<Heard & DomainEvent>({
    kind: 'attestation',
    concurrency: 1,
    hears: ['artifact', 'release', 'deployment'],
    wokenBy({ event }) {
      const told = toldBy(event)
      return told === undefined ? [] : [JSON.stringify(told)]
    },
    async reconcile(key) {
      const told = JSON.parse(key) as Told
      const row = await artifactNamed(needs.engine.reads, told.digest)
      if (row === undefined || row.pruned_at !== null) return
      for (const each of await statementsOf(needs, row, told))
        if (row.attestations.length < ATTESTATIONS_MAX) await attach(needs, row, each)
    },
  })
}

/** Where nobody is hurt there is nothing to prove. */
const PROVEN: ReadonlySet<string> = new Set(['staging', 'production'])

function toldBy(event: Heard): Told | undefined {
  switch (event.type) {
    case 'artifact.completed':
      return { what: 'built', digest: event.digest }
    case 'release.created': {
      const { artifact: digest, release, version } = event
      return { what: 'released', digest, release, version }
    }
    case 'deployment.started':
      if (!PROVEN.has(event.environmentKind)) return undefined
      return { what: 'admitted', ...factsOf(event), policy: event.plan.policy }
    case 'deployment.finished':
      if (!PROVEN.has(event.environmentKind) || event.outcome !== 'succeeded') return undefined
      return { what: 'arrived', ...factsOf(event) }
    default:
      return undefined
  }
}

function factsOf(
  event: Extract<DeploymentEvent, { type: 'deployment.started' | 'deployment.finished' }>,
) {
  const { deployment, promotion, service, environment, release, version, at } = event
  const { artifact: digest } = event
  return { deployment, promotion, service, environment, release, version, at, digest }
}

interface About {
  readonly about: string
  readonly statement: Statement
}

async function statementsOf(
  { engine }: AttestNeeds,
  row: ArtifactRow,
  told: Told,
): Promise<readonly About[]> {
  const subject = { name: row.service, digest: row.digest }
  switch (told.what) {
    case 'built': {
      const run = await runNamed(engine.reads, row.run)
      const jobs = Object.entries(run?.jobs ?? {}).flatMap(([job, { tests }]) =>
        tests === undefined ? [] : [{ job, passed: tests.passed, failed: tests.failed }],
      )
      const { pipeline = '' } = run ?? {}
      const repository = withoutSecrets(row.repository)
      const statement = testResultOf(subject, {
        ...{ run: row.run, pipeline, repository, sha: row.sha, jobs },
      })
      return statement === undefined ? [] : [{ about: row.run, statement }]
    }
    case 'released':
      return [{ about: told.release, statement: releaseOf(subject, told) }]
    case 'admitted':
      return [{ about: told.deployment, statement: deploymentOf(subject, told) }]
    case 'arrived': {
      const own: ReadonlySet<string> = new Set([PREDICATE.provenance, PREDICATE.sbom])
      const inputs = row.attestations.filter(({ predicateType }) => own.has(predicateType))
      return [
        { about: told.deployment, statement: promotionOf(subject, BUILDER_ID, told) },
        { about: told.deployment, statement: summaryOf(subject, { ...told, inputs }) },
      ]
    }
  }
}

/** Signs, attaches and records what is not recorded yet; also for what others bring. */
export async function attach(
  needs: Omit<AttestNeeds, 'log'>,
  { digest }: Pick<ArtifactRow, 'digest'>,
  { about, statement, found }: About & { readonly found?: ScanFound },
  by: string = SYSTEM.id,
): Promise<void> {
  const { engine, registry, signer, now } = needs
  const { predicateType } = statement
  const { state } = await engine.load(artifacts, digest)
  if (state.attested.includes(attestedAs({ predicateType, about }))) return
  const attached = await attest({ registry, signer }, digest, statement).catch((error: unknown) => {
    // Its bytes went meanwhile, and what is said of them with them.
    if (error instanceof Fault && error.code === 'registry.missing') return undefined
    throw error
  })
  if (attached === undefined) return
  const facts = { at: now(), by, digest, predicateType, about, found, ...attached }
  await engine.execute(artifacts, digest, { type: 'artifact.attest', ...facts }, { actor: SYSTEM })
}
