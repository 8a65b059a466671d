/** Makes the instances of a deployment exist, of verified files and nothing else. */
import { Fault } from '#kernel/fault.ts'
import { releaseNamed } from '#releases/queries.ts'
import { deployments } from '../deployment.ts'
import type { RolloutNeeds } from './needs.ts'

/** Undefined when it is done; else why its files may not run. */
export async function ensureGroup(
  { engine, target, artifacts }: RolloutNeeds,
  deployment: string,
  at: {
    readonly fence: number
    readonly port: number
    /** Left out: as many as its plan has. */
    readonly replicas?: number | undefined
  },
): Promise<string | undefined> {
  const { state } = await engine.load(deployments, deployment)
  if (state.status === 'unstarted') throw unknown(deployment)
  const { service, environment, release, version, artifact, sha, plan, takesOver } = state.about
  const { repository } = (await releaseNamed(engine.reads, release)) ?? { repository: '' }
  const files = await artifacts.materialize(artifact, { service, repository, sha })
  if (!files.ok) return `${files.code}: ${files.message} ${files.remedy}`
  await target.ensure({
    slot: { service, environment },
    group: deployment,
    fence: at.fence,
    version,
    artifact: { digest: files.digest, path: files.path },
    argv: plan.argv,
    health: plan.health,
    env: plan.env,
    replicas: at.replicas ?? plan.replicas,
    takesOver,
    port: at.port,
  })
  return undefined
}

function unknown(deployment: string): Fault {
  return new Fault('deployment.unknown', `Nothing is known of ${deployment}.`, {
    remedy:
      'The slot names a deployment that is not on record; restore the database from a backup.',
    retry: false,
  })
}
