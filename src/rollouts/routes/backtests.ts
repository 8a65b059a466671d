/** Backtests: what settings would have said of releases that were well. */
import { z } from 'zod'
import { environmentNamed, serviceNamed } from '#catalog/queries.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { policyFor } from '#gates/queries.ts'
import type { Backtest } from '../judge/backtest.ts'
import { backtestNow, lastBacktest } from '../queries/backtests.ts'
import { slotRow } from '../queries.ts'
import { unknownSlot } from './unknown-slot.ts'

const name = z.string().min(1).max(100)
const place = z.object({ environment: name, service: name })
const change = z.strictObject({
  alpha: z.number().gt(0).max(0.5).optional(),
  delta: z.number().min(0).max(1).optional(),
  badShareMax: z.number().gt(0).lt(1).optional(),
})
const found: z.ZodType<Backtest> = z.object({
  rollouts: z.int(),
  trials: z.int().describe('instances that were well, judged as canaries'),
  ticks: z.int(),
  rolledBack: z.int().describe('of the trials: each falsely'),
  rolledBackAtMost: z.number().describe('the share that is believable at most, by 95 %'),
  culprits: z.array(z.object({ deployment: z.string(), instance: z.string(), reason: z.string() })),
  phi: z.number().describe('variance of failures over what chance alone would give'),
  sigma: z.number().describe('how far instances differ for good, as a log ratio'),
  requestsPerS: z.number(),
  badShare: z.number(),
  power: z.array(
    z.object({
      weight: z.number(),
      ratio: z.number().optional().describe('times as many failures, found within an hour'),
    }),
  ),
})
const answer = z.object({
  service: z.string(),
  environment: z.string(),
  policy: z.string(),
  analysis: z.object({ alpha: z.number(), delta: z.number(), tickMs: z.number() }),
  found,
  nightly: z.object({ at: z.number(), found }).nullable().describe('with the row that applied'),
})

export function backtestRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  app.post(
    '/slots/:environment/:service/backtest',
    { schema: { params: place, body: change, response: { 200: answer } } },
    async ({ params, body }, reply) => {
      const { environment, service } = params
      const tier = (await serviceNamed(engine.reads, service))?.tier
      const environmentKind = (await environmentNamed(engine.reads, environment))?.kind
      const slot = await slotRow(engine.reads, environment, service)
      if (tier === undefined || environmentKind === undefined || slot === undefined)
        return unknownSlot(context, reply, environment, service)
      const { policy, row } = await policyFor(engine.reads, { tier, environmentKind })
      const { alpha = row.analysis.alpha, delta = row.analysis.delta, badShareMax } = body
      const analysis = { ...row.analysis, alpha, delta, ...(badShareMax && { badShareMax }) }
      const nightly = await lastBacktest(engine.reads, params)
      return {
        ...{ service, environment, policy },
        analysis: { alpha, delta, tickMs: analysis.tickMs },
        found: await backtestNow(engine, params, analysis),
        nightly: nightly === undefined ? null : { at: nightly.at, found: nightly.found },
      }
    },
  )
}
