/** Slots: what runs where, and stopping automation. */
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import { Fault } from '#kernel/fault.ts'
import { reason } from '../commands.ts'
import type { SlotStatus, Target } from '../ports.ts'
import {
  deploymentNamed,
  type DeploymentRow,
  deployments,
  doubtsOf,
  type SlotRow,
  slotRow,
  slotRows,
} from '../queries.ts'
import { slotFloor } from '../queries/floor.ts'
import { passedIn } from '../queries/no-return.ts'
import { slotId, slots } from '../slot.ts'
import { slotSummaryOf } from './answers.ts'
import { asked } from './asked.ts'
import { slotDetail, slotSummary } from './shapes.ts'
import { unknownSlot } from './unknown-slot.ts'

export interface SlotNeeds {
  readonly target: Target
}

const name = z.string().min(1).max(100)
const place = z.object({ environment: name, service: name })
const list = z.object({ service: name.optional(), environment: name.optional() })
const order = z.strictObject({ service: name, environment: name, reason })
/** Every slot has at most one deployment on its way. */
const IN_FLIGHT_MAX = 500

export function slotRoutes(app: App, context: RouteContext, { target }: SlotNeeds): void {
  const { engine } = context

  app.get(
    '/slots',
    { schema: { querystring: list, response: { 200: z.array(slotSummary) } } },
    async ({ query }) => {
      const open = await deployments(engine.reads, { ...query, open: true, limit: IN_FLIGHT_MAX })
      const byId = new Map(open.map((row) => [row.id, row]))
      const rows = await slotRows(engine.reads, query)
      const doubts = await doubtsIn(context, rows)
      return rows.map((row) => slotSummaryOf(row, byId.get(row.holder ?? ''), doubts))
    },
  )
  app.get(
    '/slots/:environment/:service',
    { schema: { params: place, response: { 200: slotDetail } } },
    async ({ params }, reply) => {
      const { environment, service } = params
      const row = await slotRow(engine.reads, environment, service)
      if (row === undefined) return unknownSlot(context, reply, environment, service)
      const { holder } = row
      const inFlight = holder === null ? undefined : await deploymentNamed(engine.reads, holder)
      const { floor } = await slotFloor(engine.reads, params)
      const observed = await target.observe(params).catch(unlessFault)
      reply.header('etag', `"${row.revision}"`)
      const groups = groupsOf(observed)
      const noReturn = passedOf(await passedIn(engine.reads, params))
      const doubts = await doubtsIn(context, [row])
      const summary = slotSummaryOf(row, inFlight, doubts)
      return { ...summary, rollbackFloor: floor ?? null, noReturn, groups }
    },
  )
  for (const verb of ['hold', 'resume'] as const)
    app.post(
      `/slots/${verb}`,
      { schema: { body: order, response: { 200: slotSummary } } },
      async (request, reply) => {
        const { service, environment, reason: text } = request.body
        if ((await slotRow(engine.reads, environment, service)) === undefined)
          return unknownSlot(context, reply, environment, service)
        const by = asked(context, request)
        const command =
          verb === 'hold'
            ? ({ type: 'slot.hold', ...by, reason: text } as const)
            : ({ type: 'slot.resume', ...by, reason: text } as const)
        const id = slotId(environment, service)
        const done = await engine.execute(slots, id, command, context.request(request))
        if (done.rejected) return context.refuse(reply, done)
        const row = await slotRow(engine.reads, environment, service)
        if (row === undefined) return unknownSlot(context, reply, environment, service)
        const { holder } = row
        const inFlight = holder === null ? undefined : await deploymentNamed(engine.reads, holder)
        return slotSummaryOf(row, inFlight, await doubtsIn(context, [row]))
      },
    )
}

function passedOf(row: DeploymentRow | undefined) {
  return row?.noReturn ? { ...row.noReturn, deployment: row.id, version: row.version } : null
}

/** A page that cannot show the instances shows everything else. */
function unlessFault(error: unknown): undefined {
  if (!(error instanceof Fault)) throw error
  return undefined
}

function groupsOf(status: SlotStatus | undefined) {
  return (status?.groups ?? []).map(({ group, version, replicas, ready, instances }) => ({
    deployment: group,
    version,
    weight: status?.weights[group] ?? 0,
    replicas,
    ready,
    instances: [...instances],
  }))
}

function doubtsIn({ engine }: RouteContext, rows: readonly SlotRow[]) {
  const deployed = rows.flatMap(({ state }) => state.settled?.deployment ?? [])
  return doubtsOf(engine.reads, deployed)
}
