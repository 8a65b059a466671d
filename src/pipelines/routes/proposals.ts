/** Proposals of templates: made, judged by somebody else, held, resumed and withdrawn. */
import { z } from 'zod'
import { otherAccounts } from '#access/queries.ts'
import { services } from '#catalog/queries.ts'
import { sha256 } from '#engine/ids.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { parseDuration } from '#kernel/duration.ts'
import { BAKE_MS_DEFAULT, type ProposalCommand, proposals } from '../proposals/proposal.ts'
import { shownProposal } from '../proposals/shown.ts'
import { proposalNamed, type ProposalRow } from '../queries/proposals.ts'
import type { Template } from '../templates/template.ts'
import { olderOf } from '../templates/adoption.ts'
import { proposalOf } from '../templates/change.ts'

const reason = z.string().trim().max(500).default('')
const template = z.string().max(100)
const body = z.strictObject({
  to: template.describe('the new number: paved-road/node-service@2'),
  from: template.optional().describe('the number before it, when left out'),
  canaries: z.array(z.string().max(100)).max(100),
  bake: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { message: 'a duration such as 24h' })
    .optional()
    .describe('how long the canaries have to be green; 24h when left out'),
  reason,
})
const byId = z.object({ id: z.string().max(60) })
const because = z.strictObject({ reason })

export const proposalId = (from: string, to: string): string =>
  `tpl_${sha256(`${from}\n${to}`).slice(0, 26)}`

export function proposalRoutes(app: App, context: RouteContext, road: readonly Template[]): void {
  const { engine } = context
  app.post('/templates/proposals', { schema: { body } }, async (request, reply) => {
    const { to: asked, from: older, canaries, bake, reason: why } = request.body
    const names = road.map(({ name }) => name)
    const to = road.find(({ name }) => name === asked)
    if (to === undefined) return context.unknown(reply, 'template', asked, names)
    const before = older ?? olderOf(names, asked)
    const from = road.find(({ name }) => name === before)
    if (from === undefined) return context.unknown(reply, 'template', before ?? asked, names)
    const id = proposalId(from.name, to.name)
    const { id: by } = context.actor(request)
    const done = await engine.execute(
      proposals,
      id,
      async ({ reads }) => {
        const riders = (await services(reads)).map(({ name, owner, tier, template: pinned }) => ({
          ...{ service: name, owner, tier },
          ...(pinned !== undefined && { template: pinned }),
        }))
        const { isBreaking, changes, affected } = proposalOf(from, to, riders)
        return {
          type: 'template.propose',
          ...{ at: context.now(), by, from: from.name, to: to.name, isBreaking, changes },
          affected: affected.map(({ service }) => service),
          canaries: [...new Set(canaries)],
          bakeMs: bake === undefined ? BAKE_MS_DEFAULT : (parseDuration(bake) ?? 0),
          reason: why,
        } as const
      },
      context.request(request),
    )
    if (done.rejected) return context.refuse(reply, done)
    return reply.code(201).send(shown(await proposalNamed(engine.reads, id)))
  })
  app.get('/templates/proposals/:id', { schema: { params: byId } }, async (request, reply) => {
    const row = await proposalNamed(engine.reads, request.params.id)
    return row === undefined ? context.unknown(reply, 'proposal', request.params.id) : shown(row)
  })
  for (const verb of ['approve', 'reject', 'resume', 'withdraw'] as const)
    app.post(
      `/templates/proposals/:id/${verb}`,
      { schema: { params: byId, body: because } },
      async (request, reply) => {
        const { id } = request.params
        const { id: by } = context.actor(request)
        const wish = async ({
          reads,
        }: {
          reads: typeof engine.reads
        }): Promise<ProposalCommand> => {
          const facts = { at: context.now(), by, reason: request.body.reason }
          if (verb === 'resume' || verb === 'withdraw')
            return { type: `template.${verb}`, ...facts }
          const others = await otherAccounts(reads, by)
          return { type: `template.${verb}`, ...facts, otherAccounts: others }
        }
        const done = await engine.execute(proposals, id, wish, context.request(request))
        if (done.rejected) return context.refuse(reply, done)
        return shown(await proposalNamed(engine.reads, id))
      },
    )
}

const shown = (row: ProposalRow | undefined) => (row === undefined ? {} : shownProposal(row))
