/** One change on its way: pushed, built, released, and followed to its end in production. */
import type { Api } from '#cli/api.ts'
import type { Deployment, Happening } from '#cli/answers.ts'
import { failedRun } from './failed-run.ts'
import { approveWaiting, type Team } from './people.ts'
import type { Story } from './story.ts'
import { until } from './waiting.ts'

/** On two busy cores a pipeline takes ten seconds and a rollout twenty. */
const PATIENCE_MS = 180_000

export interface Stage {
  readonly admin: Api
  readonly team: Team
  readonly story: Story
}

interface Run {
  readonly id: string
  readonly sha: string
  readonly outcome: string
  readonly refusal: string | null
}
interface Release {
  readonly release: string
  readonly version: string
  readonly sha: string
  readonly artifact: string
}

/** What a webhook does; the server then looks for itself. */
export async function notePush({ team }: Stage, repository: string): Promise<void> {
  await team.dana.post('/repositories/push', { repository, branch: 'main' })
}

/** The release that was made of the commit. */
export async function releaseOf({ admin }: Stage, service: string, sha: string): Promise<Release> {
  return until(`the release of ${service} ${sha.slice(0, 8)}`, PATIENCE_MS, async () => {
    const runs = await admin.get<Run[]>('/runs', { service })
    const run = runs.find((each) => each.sha === sha)
    if (run?.outcome === 'failed') throw await failedRun(admin, service, run)
    const releases = await admin.get<Release[]>('/releases', { service })
    return releases.find((each) => each.sha === sha)
  })
}

/**
 * The deployment of the release in production, once it has ended; approving what waits meanwhile.
 */
export async function productionOf(
  stage: Stage,
  service: string,
  version: string,
): Promise<Deployment> {
  return until(`${service} ${version} in prod`, PATIENCE_MS, async () => {
    await approveWaiting(stage.team, service, stage.story.say)
    const query = { service, environment: 'prod', limit: 20 }
    const all = await stage.admin.get<Deployment[]>('/deployments', query)
    return all.find((each) => each.version === version && each.status === 'finished')
  })
}

/** Environments in which this version was ever validated: a fact that later moves do not undo. */
export async function validatedIn(
  { admin }: Stage,
  service: string,
  version: string,
): Promise<string[]> {
  const happenings = await admin.get<Happening[]>('/changes', { service, since: 0, limit: 1000 })
  const facts = happenings.filter(({ type }) => type === 'release.validated')
  return ['dev', 'staging', 'prod'].filter((environment) =>
    facts.some((fact) => fact.environment === environment && fact.text.includes(` ${version} `)),
  )
}
