/** The paved road, and who is on it. */
import { z } from 'zod'
import { services } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { PAVED_ROAD } from '../templates.ts'
import { adoptionOf } from '../templates/adoption.ts'
import { proposalOf } from '../templates/change.ts'

const listOf = <T extends z.ZodType>(one: T) => z.array(one).readonly()

const rider = z.object({
  service: z.string(),
  owner: z.string(),
  tier: z.number().int(),
  template: z.string().optional(),
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
})
const proposal = z.object({
  from: z.string(),
  to: z.string(),
  isBreaking: z.boolean(),
  changes: listOf(z.object({ job: z.string(), says: z.string(), isBreaking: z.boolean() })),
  affected: listOf(rider),
})

export function templateRoutes(app: App, { engine }: RouteContext): void {
  const riders = async () =>
    (await services(engine.reads)).map(({ name, owner, tier, template }) => ({
      service: name,
      owner,
      tier,
      ...(template !== undefined && { template }),
    }))
  app.get('/templates/adoption', { schema: { response: { 200: adoption } } }, async () =>
    adoptionOf(
      PAVED_ROAD.map(({ name }) => name),
      await riders(),
    ),
  )
  app.get('/templates/proposals', { schema: { response: { 200: listOf(proposal) } } }, async () => {
    const all = await riders()
    return PAVED_ROAD.flatMap((old) => {
      const next = PAVED_ROAD.findLast(({ name }) => isNewer(name, old.name))
      if (next === undefined) return []
      const made = proposalOf(old, next, all)
      return made.affected.length > 0 ? [made] : []
    })
  })
}

/** Another number of the same template, and a higher one. */
function isNewer(name: string, than: string): boolean {
  const [, base, version] = /^(.*)@(\d+)$/.exec(name) ?? []
  const [, other, number] = /^(.*)@(\d+)$/.exec(than) ?? []
  return base === other && Number(version) > Number(number)
}
