/** The paved road, and who is on it. */
import { z } from 'zod'
import { services } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { pavedTemplates } from '../templates.ts'
import { proposalRows, type ProposalRow } from '../queries/proposals.ts'
import { adoptionOf, type Followed } from '../templates/adoption.ts'
import { proposalOf } from '../templates/change.ts'
import type { Template } from '../templates/template.ts'
import { shownProposal } from '../proposals/shown.ts'
import { proposalId, proposalRoutes } from './proposals.ts'

const listOf = <T extends z.ZodType>(one: T) => z.array(one).readonly()

const rider = z.object({
  service: z.string(),
  owner: z.string(),
  tier: z.number().int(),
  template: z.string().optional(),
})
const drift = z.object({
  service: z.string(),
  owner: z.string(),
  template: z.string(),
  newest: z.string(),
  behind: z.number().int(),
  isPinnedBack: z.boolean().describe('it had followed a proposal, and its manifest put it back'),
})
const adoption = z.object({
  services: z.number().int(),
  onRoad: z.number().int(),
  share: z.number().describe('of all services, 0 to 1'),
  templates: listOf(
    z.object({
      name: z.string(),
      newest: z.number().int(),
      services: z.number().int(),
      versions: listOf(
        z.object({
          version: z.number().int(),
          behind: z.number().int().describe('how many numbers behind the newest'),
          services: listOf(z.string()),
        }),
      ),
    }),
  ),
  ownWay: listOf(z.string()).describe('services with a pipeline of their own'),
  lost: listOf(z.object({ service: z.string(), template: z.string() })).describe(
    'pinned to what is not served any more',
  ),
  drift: listOf(drift).describe('not on the newest number, the furthest behind first'),
})
const proposal = z.object({
  from: z.string(),
  to: z.string(),
  isBreaking: z.boolean(),
  changes: listOf(z.object({ job: z.string(), says: z.string(), isBreaking: z.boolean() })),
  affected: listOf(rider),
  recorded: z.unknown().describe('the proposal that was made of it; null: none'),
})

export function templateRoutes(
  app: App,
  context: RouteContext,
  road: readonly Template[] = pavedTemplates(),
): void {
  const { engine } = context
  proposalRoutes(app, context, road)
  const riders = async () =>
    (await services(engine.reads)).map(({ name, owner, tier, template }) => ({
      service: name,
      owner,
      tier,
      ...(template !== undefined && { template }),
    }))
  app.get('/templates/adoption', { schema: { response: { 200: adoption } } }, async () =>
    adoptionOf(
      road.map(({ name }) => name),
      await riders(),
      followedIn(await proposalRows(engine.reads)),
    ),
  )
  app.get('/templates/proposals', { schema: { response: { 200: listOf(proposal) } } }, async () => {
    const all = await riders()
    const rows = await proposalRows(engine.reads)
    return road.flatMap((old) => {
      const next = road.findLast(({ name }) => isNewer(name, old.name))
      if (next === undefined) return []
      const made = proposalOf(old, next, all)
      const row = rows.find(({ id }) => id === proposalId(old.name, next.name))
      const isNews = made.affected.length > 0 || row !== undefined
      return isNews ? [{ ...made, recorded: row === undefined ? null : shownProposal(row) }] : []
    })
  })
}

function followedIn(rows: readonly ProposalRow[]): Followed {
  const pairs = rows.flatMap(({ state: { adopted, to } }) =>
    Object.keys(adopted).map((service) => [service, to] as const),
  )
  const byService = Map.groupBy(pairs, ([service]) => service)
  return new Map([...byService].map(([service, all]) => [service, all.map(([, to]) => to)]))
}

/** Another number of the same template, and a higher one. */
function isNewer(name: string, than: string): boolean {
  const [, base, version] = /^(.*)@(\d+)$/.exec(name) ?? []
  const [, other, number] = /^(.*)@(\d+)$/.exec(than) ?? []
  return base === other && Number(version) > Number(number)
}
