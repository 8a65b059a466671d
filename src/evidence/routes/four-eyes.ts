/** Four eyes: whether what lies between two deployed commits was looked at by somebody else. */
import { z } from 'zod'
import type { ServiceSpec } from '#catalog/events.ts'
import { environments, serviceNamed, services } from '#catalog/queries.ts'
import type { RouteContext, Routes } from '#engine/routing.ts'
import { policyFor } from '#gates/queries.ts'
import { DEFAULT_RULES, type FourEyesRules } from '../four-eyes/facts.ts'
import { judgeFourEyes } from '../four-eyes/four-eyes.ts'
import type { GitHistory } from '../ports/history.ts'
import {
  deployedBefore,
  type End,
  endNamed,
  fourEyesFacts,
  type PullRequestsOf,
} from '../queries/four-eyes.ts'

export interface FourEyesNeeds {
  readonly git: GitHistory
  readonly pullRequestsOf: PullRequestsOf
}

const globs = z
  .union([z.string().max(200).array().max(50), z.string().max(200)])
  .transform((given) => [given].flat())
const asked = z.object({
  service: z.string().max(60),
  environment: z.string().max(60).optional().describe('left out: the last on its path'),
  from: z.string().max(100).optional().describe('left out: what ran before it'),
  to: z.string().max(100).optional().describe('left out: what runs there'),
  mergeFromBase: z.enum(['strict', 'ignore']).default('ignore'),
  serviceAccounts: globs.default([]).describe('globs over names and addresses'),
  exemptPaths: globs.default([]).describe('globs; a commit passes only if all its files match'),
})

export const fourEyesRoutes =
  (needs: FourEyesNeeds): Routes =>
  (app, context) => {
    const { reads } = context.engine
    app.get('/evidence/four-eyes', { schema: { querystring: asked } }, async ({ query }, reply) => {
      const service = await serviceNamed(reads, query.service)
      if (service === undefined) {
        const known = (await services(reads)).map(({ name }) => name)
        return context.unknown(reply, 'service', query.service, known)
      }
      const environment = query.environment ?? service.path.at(-1) ?? ''
      const kind = (await environments(reads)).find(({ name }) => name === environment)?.kind
      if (kind === undefined)
        return context.unknown(reply, 'environment', environment, service.path)
      const ends = await endsOf(context, { service, environment }, query)
      if ('unknown' in ends) return context.unknown(reply, 'reference', ends.unknown)
      const rules = { ...DEFAULT_RULES, ...rulesIn(query) }
      const facts = await fourEyesFacts(reads, needs, { service, environment, ...ends })
      return {
        service: service.name,
        environment,
        repository: service.source.repository,
        from: ends.from ?? null,
        to: ends.to,
        isRequired: await isRequired(context, service, kind),
        rules,
        ...judgeFourEyes(facts, rules),
      }
    })
  }

type Asked = z.infer<typeof asked>

const rulesIn = ({
  mergeFromBase,
  serviceAccounts,
  exemptPaths,
}: Asked): Partial<FourEyesRules> => ({
  mergeFromBase,
  serviceAccounts,
  exemptPaths,
})

/** Whether the tier asks for an approval there; a range is judged either way. */
async function isRequired(
  { engine: { reads } }: RouteContext,
  { tier }: ServiceSpec,
  environmentKind: 'development' | 'test' | 'staging' | 'production',
): Promise<boolean> {
  const { row } = await policyFor(reads, { tier, environmentKind })
  return row.approvals.count > 0
}

type Ends = { readonly from: End | undefined; readonly to: End } | { readonly unknown: string }

async function endsOf(
  { engine: { reads } }: RouteContext,
  place: { readonly service: ServiceSpec; readonly environment: string },
  query: Asked,
): Promise<Ends> {
  const to =
    query.to === undefined
      ? await deployedBefore(reads, place)
      : await endNamed(reads, place, query.to)
  if (to === undefined) return { unknown: query.to ?? `deployment in ${place.environment}` }
  if (query.from === undefined) return { to, from: await deployedBefore(reads, place, to) }
  const from = await endNamed(reads, place, query.from)
  return from === undefined ? { unknown: query.from } : { to, from }
}
