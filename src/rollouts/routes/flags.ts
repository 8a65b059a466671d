/** Flags: what they are, changing them by the way that releases go, and killing them at once. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorNamed, otherAccounts } from '#access/queries.ts'
import { environments } from '#catalog/queries.ts'
import type { Facts } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { decideFlag, decideFlagStep } from '../decide.ts'
import type { FlagRules, FlagSpec, Ramp } from '../events/flags.ts'
import {
  type FlagCommand,
  flagReason,
  flagRules,
  percent,
  rampShape,
  rulesShape,
} from '../flags/commands.ts'
import { type Flag, flags, type Placement } from '../flags/flag.ts'
import {
  flagChanges,
  flagFacts,
  flagNamed,
  type FlagRow,
  flagRows,
  plannedRules,
} from '../queries/flags.ts'
import { asked } from './asked.ts'
import { flagChange, flagDetail, flagSummary } from './flag-shapes.ts'

const name = z.string().min(1).max(100)
const byName = z.object({ flag: name })
const list = z.object({ service: name.optional() })
const recent = z.object({
  flag: name.optional(),
  service: name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const wish = z
  .strictObject({
    environment: name,
    serve: z.record(name, percent).optional().describe('left out: as it is'),
    targeting: rulesShape.shape.targeting.unwrap().optional().describe('left out: as it is'),
    ramp: rampShape.optional(),
    reason: flagReason.default('Changed by hand.'),
  })
  .refine(({ serve, targeting, ramp }) => (serve ?? targeting ?? ramp) !== undefined, {
    message: 'say what is to change: serve, targeting or ramp',
  })
const why = z.strictObject({ environment: name, reason: flagReason })
const maybeWhy = z.strictObject({ environment: name, reason: flagReason.optional() })
const approval = z.strictObject({
  environment: name,
  planHash: z.string().max(100).optional().describe('of the change you looked at'),
  note: z.string().max(2_000).default(''),
})

const CHANGES_SHOWN = 20

export function flagRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  const { reads } = engine

  app.get(
    '/flags',
    { schema: { querystring: list, response: { 200: z.array(flagSummary) } } },
    async ({ query }) => (await flagRows(reads, query)).map(summaryOf),
  )
  app.get(
    '/flag-changes',
    { schema: { querystring: recent, response: { 200: z.array(flagChange) } } },
    async ({ query }) => (await flagChanges(reads, query)).map(changeOf),
  )
  app.get(
    '/flags/:flag',
    { schema: { params: byName, response: { 200: flagDetail } } },
    async ({ params }, reply) => showFlag(context, reply, params.flag),
  )
  app.post(
    '/flags/:flag/set',
    { schema: { params: byName, body: wish, response: { 200: flagDetail } } },
    async (request, reply) => {
      const change = context.newId('flg', request)
      const { environment } = request.body
      return say(context, { request, reply, environment }, ({ state, reads: inside }) =>
        planOf(inside, state, { ...request.body, change, ...asked(context, request) }),
      )
    },
  )
  app.post(
    '/flags/:flag/kill',
    { schema: { params: byName, body: why, response: { 200: flagDetail } } },
    async (request, reply) => {
      const { environment, reason } = request.body
      const command = {
        type: 'flag.kill',
        ...asked(context, request),
        environment,
        reason,
      } as const
      return say(context, { request, reply, environment }, async () => command)
    },
  )
  decisions(app, context)
}

/** What people say to a change that waits. */
function decisions(app: App, context: RouteContext): void {
  const shaped = { params: byName, response: { 200: flagDetail } }
  app.post(
    '/flags/:flag/approve',
    { schema: { ...shaped, body: approval } },
    async (request, reply) => {
      const { environment, planHash, note } = request.body
      const { id: actor, kind } = context.actor(request)
      const by = { ...asked(context, request), environment, note, kind }
      return say(context, { request, reply, environment }, async ({ state, reads }) => ({
        type: 'flag.approve',
        ...by,
        planHash: planHash ?? placementIn(state, environment)?.waiting?.planHash ?? '',
        teams: [...((await actorNamed(reads, actor))?.teams ?? [])],
        otherAccounts: await otherAccounts(reads, actor),
      }))
    },
  )
  for (const verb of ['cancel', 'reject'] as const)
    app.post(
      `/flags/:flag/${verb}`,
      { schema: { ...shaped, body: maybeWhy } },
      async (request, reply) => {
        const { environment, reason = 'Not wanted any more.' } = request.body
        const type = `flag.${verb}` as const
        const command = { type, ...asked(context, request), environment, reason }
        return say(context, { request, reply, environment }, async () => command)
      },
    )
}

type Decision = (facts: Facts<Flag>) => Promise<FlagCommand | Rejection>

async function say(
  context: RouteContext,
  at: {
    readonly request: FastifyRequest
    readonly reply: FastifyReply
    readonly environment: string
  },
  what: Decision,
) {
  const { request, reply, environment } = at
  const { flag } = request.params as { flag: string }
  const { reads } = context.engine
  if ((await flagNamed(reads, flag)) === undefined) return unknownFlag(context, reply, flag)
  const known = (await environments(reads)).map((spec) => spec.name)
  if (!known.includes(environment)) return context.unknown(reply, 'environment', environment, known)
  const done = await context.engine.execute(flags, flag, what, context.request(request))
  return done.rejected === true ? context.refuse(reply, done) : showFlag(context, reply, flag)
}

async function planOf(
  reads: RouteContext['engine']['reads'],
  state: Flag,
  about: z.infer<typeof wish> & {
    readonly change: string
    readonly at: number
    readonly by: string
  },
): Promise<FlagCommand | Rejection> {
  if (state.status === 'none')
    return reject('flag.undefined', 'There is no such flag.', 'Apply a manifest of kind Flag.')
  const { at, by, environment, change, reason } = about
  const ramp = about.ramp && rampOf(state.spec, about.ramp)
  if (ramp !== undefined && 'rejected' in ramp) return ramp
  const before = state.environments[environment]?.live?.rules
  const rules = wantedRules(about, before, ramp)
  const wanted = { environment, change, rules, reason, ...(ramp && { ramp }) }
  const planned = await plannedRules(
    reads,
    { flag: state.flag, service: state.spec.service },
    wanted,
  )
  return 'rejected' in planned ? planned : { type: 'flag.plan', at, by, ...planned }
}

/** What nobody spoke of stays as it is; a ramp begins at its first step. */
function wantedRules(
  { serve, targeting }: Pick<z.infer<typeof wish>, 'serve' | 'targeting'>,
  before: FlagRules | undefined,
  ramp: Ramp | undefined,
): FlagRules {
  const begins = ramp && { [ramp.variant]: ramp.steps[0] ?? 0 }
  return {
    shares: { ...(serve ?? before?.shares), ...begins },
    targeting:
      targeting === undefined
        ? (before?.targeting ?? [])
        : flagRules({ serve: {}, targeting }).targeting,
  }
}

function rampOf(
  spec: FlagSpec,
  { variant, steps, everyMs }: z.infer<typeof rampShape>,
): Ramp | Rejection {
  const others = Object.keys(spec.variants).filter((each) => each !== spec.default)
  const [only] = others
  if (variant !== undefined) return { variant, steps, everyMs }
  if (only !== undefined && others.length === 1) return { variant: only, steps, everyMs }
  return reject(
    'flag.which-variant',
    `It has several variants beside ${spec.default}: ${others.join(', ')}.`,
    'Name the one that the ramp is for: --variant NAME.',
  )
}

const placementIn = (state: Flag, environment: string): Placement | undefined =>
  state.status === 'none' ? undefined : state.environments[environment]

async function showFlag(context: RouteContext, reply: FastifyReply, name: string) {
  const { reads } = context.engine
  const row = await flagNamed(reads, name)
  if (row === undefined) return unknownFlag(context, reply, name)
  reply.header('etag', `"${row.revision}"`)
  const changes = await flagChanges(reads, { flag: name, limit: CHANGES_SHOWN })
  const now = context.now()
  const places: z.infer<typeof flagDetail>['environments'] = []
  for (const place of summaryOf(row).environments) {
    const { live, waiting } = row.environments[place.environment] ?? {}
    const about = { service: row.service, environment: place.environment }
    const asks = waiting !== undefined || live?.ramp === undefined
    const origin = asks ? ('person' as const) : ('automatic' as const)
    const requestedBy = waiting?.requestedBy ?? live?.by ?? ''
    const facts = await flagFacts(reads, { ...about, origin, requestedBy, waiting }, now)
    const verdict = 'rejected' in facts ? null : (asks ? decideFlag : decideFlagStep)(facts, now)
    places.push({ ...place, planHash: waiting?.planHash ?? null, verdict })
  }
  const { variants, salt, description } = row.spec
  const facts = { variants: { ...variants }, salt, description }
  return { ...summaryOf(row), ...facts, environments: places, changes: changes.map(changeOf) }
}

function summaryOf({ flag, service, spec, environments: places }: FlagRow) {
  return {
    flag,
    service,
    default: spec.default,
    environments: Object.entries(places).map(([environment, placement]) => ({
      environment,
      ...placementOf(placement),
    })),
  }
}

function placementOf({ live, waiting, killed }: Placement) {
  const ramp = live?.ramp
  return {
    rules: live === undefined ? null : copied(live.rules),
    change: live?.change ?? null,
    changedAt: live?.changedAt ?? null,
    killed: killed ?? null,
    ramp:
      ramp === undefined ? null : { ...rampCopied(ramp), nextAt: ramp.steppedAt + ramp.everyMs },
    waiting:
      waiting === undefined
        ? null
        : {
            change: waiting.change,
            rules: copied(waiting.rules),
            ramp: waiting.ramp === undefined ? null : rampCopied(waiting.ramp),
            requestedBy: waiting.requestedBy,
            plannedAt: waiting.plannedAt,
            reason: waiting.reason,
          },
  }
}

const rampCopied = ({ variant, steps, everyMs }: Ramp) => ({ variant, steps: [...steps], everyMs })

const copied = ({ shares, targeting }: FlagRules) => ({
  shares: { ...shares },
  targeting: targeting.map(({ when, serve }) => ({
    serve,
    when: when.map((each) => ({ ...each, values: [...each.values] })),
  })),
})

function changeOf(row: Awaited<ReturnType<typeof flagChanges>>[number]) {
  return { ...row, kind: 'flag' as const, rules: row.rules && copied(row.rules) }
}

async function unknownFlag(context: RouteContext, reply: FastifyReply, name: string) {
  const known = await flagRows(context.engine.reads)
  return context.unknown(
    reply,
    'flag',
    name,
    known.map(({ flag }) => flag),
  )
}
