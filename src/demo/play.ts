/** The story itself, scene by scene. */
import type { Slot } from '#cli/answers.ts'
import type { Dora } from '#cli/verbs/asking.ts'
import { badChange } from './bad-change.ts'
import { goodChange } from './good-change.ts'
import { type Load, startLoad, storefrontMix } from './load.ts'
import { environments, POLICY, serviceManifest } from './manifests.ts'
import type { Outcome } from './outcome.ts'
import { notePush, productionOf, releaseOf, type Stage, validatedIn } from './release.ts'
import { rehearseRollback } from './rehearsal.ts'
import type { Change } from './change.ts'
import { headOf, push, type Repository, type World } from './world.ts'

/** Enough to judge a canary in seconds, little enough for two cores beside everything else. */
const REQUESTS_PER_S = 200

export async function play(stage: Stage, world: World, path: string): Promise<Outcome> {
  await declare(stage, world)
  await Promise.all(world.repositories.map((repository) => firstRelease(stage, repository, path)))
  const storefront = world.repositories.find(({ service }) => service === badChange.service)
  if (storefront === undefined) throw new Error('the storefront is not there')
  const load = await visitors(stage, storefront.service)
  const good = await goodRelease(stage, storefront, path, load)
  const bad = await badRelease(stage, storefront, path, load)
  await load.stop()
  return { good, bad, ...(await figures(stage)) }
}

async function declare({ admin, story }: Stage, world: World): Promise<void> {
  const files = [
    { path: 'environments.yaml', text: environments(world.places) },
    { path: 'policy.yaml', text: POLICY },
    ...world.repositories.map((repository) => ({
      path: `${repository.service}/signalbox.yaml`,
      text: serviceManifest(repository),
    })),
  ]
  await admin.post('/manifests', { files })
  story.say(`declared three environments, a policy and ${world.repositories.length} services`)
}

async function firstRelease(stage: Stage, repository: Repository, path: string): Promise<void> {
  const { service, address } = repository
  const sha = await headOf(repository, path)
  await notePush(stage, address)
  const { version } = await releaseOf(stage, service, sha)
  await productionOf(stage, service, version)
}

/** Real requests through the router from here on, to the end of the story. */
async function visitors({ admin, story }: Stage, service: string): Promise<Load> {
  const slots = await admin.get<Slot[]>('/slots')
  const slot = slots.find((each) => each.service === service && each.environment === 'prod')
  const url = slot?.url ?? ''
  story.say(`visitors come to ${url}, ${REQUESTS_PER_S} requests a second`)
  return startLoad({ urls: () => [url], ratePerS: REQUESTS_PER_S, mix: storefrontMix })
}

async function travel(stage: Stage, repository: Repository, path: string, change: Change) {
  const subject = change.message.split('\n', 1)[0] ?? ''
  stage.story.say(`Dana pushes “${subject}”`)
  const sha = await push(repository, change, path)
  await notePush(stage, repository.address)
  return releaseOf(stage, repository.service, sha)
}

async function goodRelease(stage: Stage, repository: Repository, path: string, load: Load) {
  const { service } = repository
  const badBefore = load.totals().bad
  const { version } = await travel(stage, repository, path, goodChange)
  await rehearseRollback(stage, service, version)
  await productionOf(stage, service, version)
  const validated = await validatedIn(stage, service, version)
  return { service, version, validated, badRequests: load.totals().bad - badBefore }
}

async function badRelease(stage: Stage, repository: Repository, path: string, load: Load) {
  const { service } = repository
  const badBefore = load.totals().bad
  const { version } = await travel(stage, repository, path, badChange)
  const { id, outcome } = await productionOf(stage, service, version)
  const badRequests = load.totals().bad - badBefore
  return { service, version, outcome, badRequests, ...(await times(stage, id)) }
}

interface Event {
  readonly type: string
  readonly at: number
}

/** From exposure to the verdict, and from the verdict to traffic being back. */
async function times({ admin }: Stage, deployment: string) {
  const history = await admin.get<Event[]>(`/history/deployment/${deployment}`)
  const at = (type: string) => history.find((event) => event.type === type)?.at ?? Number.NaN
  const aborted = at('deployment.abortRequested')
  return {
    detectMs: aborted - at('deployment.weightSet'),
    rollbackMs: at('deployment.trafficRestored') - aborted,
  }
}

async function figures({ admin }: Stage) {
  const [services, runs, deployments, dora] = await Promise.all([
    admin.get<unknown[]>('/services'),
    admin.get<unknown[]>('/runs', { limit: 500 }),
    admin.get<unknown[]>('/deployments', { limit: 500 }),
    admin.get<Dora>('/insights/dora'),
  ])
  return {
    services: services.length,
    runs: runs.length,
    deployments: deployments.length,
    dora,
  }
}
