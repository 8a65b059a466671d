/**
 * The part `spec.analysis` of a service's manifest: where its rollouts are measured. Addresses and
 * credentials are no part of it: who writes manifests could send them anywhere. They belong to a
 * connection, which the operator of the server names.
 */
import { z } from 'zod'
import { parseDuration } from '#kernel/duration.ts'
import { shadows } from '#rollouts/events/shadow-schemas.ts'
import type { AnalysisSource } from './events/analysis.ts'

export const ROUTER = 'router'
/** What is named besides requests; each is asked for every tick. */
const QUERIES_MAX = 10
const LAG_MAX_MS = 5 * 60_000
const LAG_MS = 20_000

const label = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/, 'a label such as version')
const value = z.string().max(200)
const query = z.string().trim().min(1).max(1_000)
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, 40 at most')
  .refine((said) => !['errors', 'p99', 'p90', 'rank'].includes(said), {
    message: 'a name that no metric of the judge has',
  })
const lag = z
  .string()
  .max(40)
  .transform((said, context) => {
    const ms = parseDuration(said)
    if (ms !== undefined && ms <= LAG_MAX_MS) return ms
    context.addIssue({ code: 'custom', message: 'a duration such as 20s, 5m at most' })
    return z.NEVER
  })
const named = <T extends z.ZodType<{ readonly name: string }>>(each: T) =>
  z
    .array(each)
    .min(1)
    .max(QUERIES_MAX)
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, {
      message: 'names that differ',
    })
    .optional()

interface Counted {
  readonly template?: unknown
  readonly requests?: unknown
  readonly bad?: unknown
  readonly latency?: unknown
  readonly slis?: unknown
  readonly gauges?: unknown
}

const isBare = ({ template, requests, bad, latency, slis, gauges }: Counted): boolean =>
  [template, requests, bad, latency, slis, gauges].every((each) => each === undefined)

export const analysisManifest = z
  .strictObject({
    source: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/, 'the name of a connection, or router')
      .default(ROUTER)
      .describe('router, or a connection that the server knows'),
    template: name.optional().describe('what the counters are called: istio, micrometer, …'),
    labels: z
      .record(label, value)
      .refine((all) => Object.keys(all).length <= 20, { message: '20 at most' })
      .default({})
      .describe('what everything counted of this service has; {{environment}} stands for its name'),
    arm: z
      .strictObject({ label, is: z.enum(['deployment', 'version']).default('deployment') })
      .default({ label: 'deployment', is: 'deployment' })
      .describe('the label that tells releases apart'),
    instance: label.default('instance').describe('the label that tells instances apart'),
    lag: lag.default(LAG_MS).describe('how long after its end a tick is closed'),
    requests: query.optional().describe('the counter of requests'),
    bad: z.array(query).min(1).max(QUERIES_MAX).optional().describe('counters of failed ones'),
    latency: z.strictObject({ of: query, unit: z.enum(['s', 'ms']) }).optional(),
    slis: named(z.strictObject({ name, bad: query, total: query })).describe(
      'what is counted besides requests: it joins the evidence',
    ),
    gauges: named(
      z.strictObject({
        name,
        of: query,
        max: z.number(),
        then: z.enum(['hold', 'warn']).default('hold'),
      }),
    ).describe('what is no count: it may hold a rollout, and never takes one back'),
    shadows: shadows
      .optional()
      .describe(
        'judges of other tools, as signalbox judge import writes them; they decide nothing',
      ),
  })
  .refine(({ source, ...rest }) => source !== ROUTER || isBare(rest), {
    message: 'a source: the router counts requests, failures and durations, nothing else',
    path: ['source'],
  })
  .refine(
    ({ source, template, requests, bad }) =>
      source === ROUTER ||
      (template === undefined ? requests !== undefined && bad !== undefined : !requests && !bad),
    { message: 'a template, or requests and bad: one of the two', path: ['template'] },
  )
type Said = z.infer<typeof analysisManifest>

/** Undefined: by the router, as all are that say nothing. */
export function analysisSource(said: Said | undefined): AnalysisSource | undefined {
  if (said === undefined || said.source === ROUTER) return undefined
  const { lag: lagMs, shadows: _, ...rest } = said
  return { ...rest, lagMs }
}
