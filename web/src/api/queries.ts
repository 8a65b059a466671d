/** Every question the pages ask, with the key under which its answer is kept and made stale. */
import { queryOptions } from '@tanstack/react-query'
import type { Artifact, Inspection, Retention, Trace } from './artifacts.ts'
import type { CalendarSpan, EnvironmentStanding, SlotStanding } from './calendar.ts'
import { get } from './client.ts'
import type { Emergency, Review } from './emergencies.ts'
import type { FlakyCase } from './flaky.ts'
import type { FlagDetail, FlagSummary } from './flags.ts'
import type { Freeze } from './freezes.ts'
import type {
  AccessReview,
  Actor,
  AuditStatus,
  Controls,
  Coverage,
  PolicyInForce,
  Recorded,
  Snapshot,
  StoredPolicy,
  Waiver,
  WholeAccessReview,
} from './governance.ts'
import type {
  CountedParts,
  DeliveryReport,
  Kpis,
  Pipelines,
  PublishedReport,
  Split,
  Trend,
} from './insights.ts'
import type { Span } from '../format/span.ts'
import type { Found } from './found.ts'
import type { Forecast, ReleasePlan, ReleasePlanDetail, Train, TrainDetail } from './plans.ts'
import type {
  Deployment,
  DeploymentDetail,
  Explanation,
  Promotion,
  PromotionDetail,
  Slot,
  SlotDetail,
  WayBack,
} from './rollouts.ts'
import type { Adoption, NewerNumber } from './templates.ts'
import type {
  Environment,
  Fleet,
  Happening,
  Incident,
  Me,
  Release,
  ReleaseDetail,
  Run,
  RunArtifact,
  RunPerformance,
  RunWithJobs,
  Service,
} from './types.ts'

const asked = <T>(queryKey: readonly string[], path: string) =>
  queryOptions({ queryKey, queryFn: () => get<T>(path) })

const query = (facts: Readonly<Record<string, string>>) => `?${new URLSearchParams(facts)}`
const part = encodeURIComponent

export const meQuery = () => ({ ...asked<Me>(['me'], '/me'), retry: false })

export const servicesQuery = () => asked<Service[]>(['services'], '/services')
export const serviceQuery = (name: string) =>
  asked<Service>(['service', name], `/services/${part(name)}`)
export const adoptionQuery = () => asked<Adoption>(['templates', 'adoption'], '/templates/adoption')
export const newerNumbersQuery = () =>
  asked<NewerNumber[]>(['templates', 'proposals'], '/templates/proposals')
export const environmentsQuery = () => asked<Environment[]>(['environments'], '/environments')
export const standingsQuery = () =>
  asked<EnvironmentStanding[]>(['calendar', 'environments'], '/calendar/environments')
export const slotStandingQuery = (service: string, environment: string) =>
  asked<SlotStanding>(
    ['calendar', 'now', service, environment],
    `/calendar/now${query({ service, environment })}`,
  )
export const calendarQuery = (
  at: { readonly environment: string; readonly service?: string },
  { from, to }: Span,
) =>
  asked<CalendarSpan>(
    ['calendar', 'span', at.environment, at.service ?? '*', `${from}`, `${to}`],
    `/calendar${query({ ...at, from: `${from}`, to: `${to}` })}`,
  )
/** That hold, or are to come. */
export const freezesQuery = () => asked<Freeze[]>(['calendar', 'freezes'], '/freezes')
export const searchQuery = (text: string) =>
  asked<Found[]>(['search', text], `/search${query({ q: text })}`)
export const slotsQuery = () => asked<Slot[]>(['slots'], '/slots')
export const slotQuery = (environment: string, service: string) =>
  asked<SlotDetail>(['slots', environment, service], `/slots/${part(environment)}/${part(service)}`)

/** Nothing is done by asking. */
export const wayBackQuery = (environment: string, service: string) =>
  asked<WayBack>(
    ['slots', environment, service, 'back'],
    `/rollback${query({ service, environment })}`,
  )

type Narrowed = Readonly<Record<string, string>>

export const runsQuery = (by: Narrowed = {}, limit = 50) =>
  asked<Run[]>(
    ['runs', JSON.stringify(by), `${limit}`],
    `/runs${query({ ...by, limit: `${limit}` })}`,
  )
export const runQuery = (id: string) => asked<RunWithJobs>(['run', id], `/runs/${part(id)}`)

/** Asked again by itself: heartbeats are no events. */
export const fleetQuery = () => ({ ...asked<Fleet>(['fleet'], '/fleet'), refetchInterval: 5_000 })

export const runArtifactsQuery = (id: string) =>
  asked<RunArtifact[]>(['run', id, 'artifacts'], `/runs/${part(id)}/artifacts`)

/** A change of the run makes it stale, as it does the run. */
export const runPerformanceQuery = (id: string) =>
  asked<{ readonly performance: RunPerformance | null }>(
    ['run', id, 'performance'],
    `/runs/${part(id)}/performance`,
  )

export const releasesQuery = (service?: string, limit = 50) =>
  asked<Release[]>(
    ['releases', service ?? '*', `${limit}`],
    `/releases${query({ ...(service !== undefined && { service }), limit: `${limit}` })}`,
  )
export const releaseQuery = (id: string) =>
  asked<ReleaseDetail>(['release', id], `/releases/${part(id)}`)

export const openPromotionsQuery = () =>
  asked<Promotion[]>(['promotions', 'open'], `/promotions${query({ open: 'true' })}`)
export const promotionQuery = (id: string) =>
  asked<PromotionDetail>(['promotion', id], `/promotions/${part(id)}`)
/** Of the newest release when none is named. */
export const explainQuery = (service: string, environment: string, release?: string) =>
  asked<Explanation>(
    ['explain', service, environment, release ?? 'newest'],
    `/explain${query({ service, environment, ...(release !== undefined && { release }) })}`,
  )

export const openDeploymentsQuery = () =>
  asked<Deployment[]>(['deployments', 'open'], `/deployments${query({ open: 'true' })}`)
export const deploymentsQuery = (service: string) =>
  asked<Deployment[]>(['deployments', service], `/deployments${query({ service, limit: '50' })}`)
export const deploymentsByQuery = (by: Narrowed, limit: number) =>
  asked<Deployment[]>(
    ['deployments', 'by', JSON.stringify(by), `${limit}`],
    `/deployments${query({ ...by, limit: `${limit}` })}`,
  )
export const deploymentsOfQuery = (release: string) =>
  asked<Deployment[]>(['deployments', 'of', release], `/deployments${query({ release })}`)
export const deploymentsInQuery = ({ from, to }: Span, service?: string) =>
  asked<Deployment[]>(
    ['deployments', 'in', `${from}`, `${to}`, service ?? '*'],
    `/deployments${query({
      ...(service !== undefined && { service }),
      since: `${from}`,
      until: `${to}`,
      limit: '500',
    })}`,
  )
export const deploymentQuery = (id: string) =>
  asked<DeploymentDetail>(['deployment', id], `/deployments/${part(id)}`)

export const plansQuery = (by: Narrowed, limit: number) =>
  asked<ReleasePlan[]>(
    ['plans', JSON.stringify(by), `${limit}`],
    `/plans${query({ ...by, limit: `${limit}` })}`,
  )
export const planQuery = (id: string) =>
  asked<ReleasePlanDetail>(['plan', id], `/plans/${part(id)}`)
export const trainsQuery = () => asked<Train[]>(['trains'], '/trains')
export const trainQuery = (id: string) => asked<TrainDetail>(['train', id], `/trains/${part(id)}`)
export const forecastQuery = (id: string) =>
  asked<Forecast>(['forecast', id], `/trains/${part(id)}/forecast`)

export const flagsQuery = () => asked<FlagSummary[]>(['flags'], '/flags')
export const flagQuery = (name: string) => asked<FlagDetail>(['flag', name], `/flags/${part(name)}`)

export const flakyQuery = () => asked<FlakyCase[]>(['flaky'], '/flaky?limit=500')

export const openIncidentsQuery = () =>
  asked<Incident[]>(['incidents', 'open'], `/incidents${query({ open: 'true' })}`)
/** That stand, are asked for, or whose review is not done. */
export const owingEmergenciesQuery = () =>
  asked<Emergency[]>(['emergencies', 'owing'], `/emergencies${query({ owing: 'true' })}`)
export const emergenciesQuery = (by: Narrowed, limit: number) =>
  asked<Emergency[]>(
    ['emergencies', JSON.stringify(by), `${limit}`],
    `/emergencies${query({ ...by, limit: `${limit}` })}`,
  )
export const emergencyQuery = (id: string) =>
  asked<Emergency>(['emergency', id], `/emergencies/${part(id)}`)
/** What is due first comes first. */
export const reviewsQuery = () =>
  asked<Review[]>(['reviews'], `/reviews${query({ done: 'true', limit: '500' })}`)
export const incidentsQuery = (service: string) =>
  asked<Incident[]>(['incidents', service], `/incidents${query({ service })}`)

export const waiversQuery = () => asked<Waiver[]>(['waivers'], `/waivers${query({ limit: '500' })}`)
export const policiesQuery = () => asked<StoredPolicy[]>(['policies'], '/policies')
export const policyInForceQuery = (tier: string, kind: string) =>
  asked<PolicyInForce>(['policies', tier, kind], `/policies/effective${query({ tier, kind })}`)
export const coverageQuery = () => asked<Coverage>(['evidence', 'coverage'], '/evidence/coverage')
export const controlsQuery = () => asked<Controls>(['evidence', 'controls'], '/evidence/controls')
export const untracedQuery = () =>
  asked<Snapshot[]>(['snapshots'], `/evidence/snapshots${query({ untraced: 'true' })}`)
export const accessReviewsQuery = () => asked<AccessReview[]>(['accessReviews'], '/access/reviews')
export const accessReviewQuery = (id: string) =>
  asked<WholeAccessReview>(['accessReview', id], `/access/reviews/${part(id)}`)
export const actorsQuery = () => asked<Actor[]>(['actors'], '/actors')
/** What happened since, newest first, as far as it is worth telling. */
export const logQuery = (by: Narrowed, limit: number) =>
  asked<Happening[]>(
    ['changes', JSON.stringify(by), `${limit}`],
    `/changes${query({ ...by, limit: `${limit}` })}`,
  )
/** By itself now and then: sealing is no event that anybody hears. */
export const auditQuery = () => ({
  ...asked<AuditStatus>(['audit'], '/audit/status'),
  refetchInterval: 5_000,
})
/** Every event of one thing, as it was written down. */
export const historyQuery = (kind: string, id: string) =>
  asked<Recorded[]>(['changes', 'history', kind, id], `/history/${part(kind)}/${part(id)}`)

/** Figures are asked when one comes to look, and not at every change. */
export const kpisQuery = (by: Narrowed) =>
  asked<Kpis>(['insights', 'kpis', JSON.stringify(by)], `/insights${query(by)}`)
export const trendQuery = (by: Narrowed) =>
  asked<Trend>(['insights', 'trend', JSON.stringify(by)], `/insights/trend${query(by)}`)
export const splitQuery = (kpi: string, by: Narrowed) =>
  asked<Split>(
    ['insights', 'split', kpi, JSON.stringify(by)],
    `/insights/split/${part(kpi)}${query(by)}`,
  )
/** What a figure was counted from, one by one. */
export const countedPartsQuery = (kpi: string, by: Narrowed) =>
  asked<CountedParts>(
    ['insights', 'counted', kpi, JSON.stringify(by)],
    `/insights/counted/${part(kpi)}${query(by)}`,
  )
export const reportQuery = (by: Narrowed) =>
  asked<DeliveryReport>(['insights', 'report', JSON.stringify(by)], `/insights/report${query(by)}`)
export const publishedReportsQuery = () =>
  asked<PublishedReport[]>(['insights', 'reports'], '/insights/reports')
export const pipelinesQuery = (by: Narrowed) =>
  asked<Pipelines>(['insights', 'pipelines', JSON.stringify(by)], `/insights/pipelines${query(by)}`)

/** Of the last day: the server's own span when none is named. */
export const changesQuery = () =>
  asked<Happening[]>(['changes'], `/changes${query({ limit: '100' })}`)

export const artifactsQuery = (by: Narrowed, limit: number) =>
  asked<Artifact[]>(
    ['artifacts', JSON.stringify(by), `${limit}`],
    `/artifacts${query({ ...by, limit: `${limit}` })}`,
  )
export const artifactQuery = (digest: string) =>
  asked<Artifact>(['artifact', digest], `/artifacts/${part(digest)}`)
/** Asked when one comes to look: what refers to it changes with every rollout. */
export const retentionQuery = (digest: string) =>
  asked<Retention>(['artifact', digest, 'kept'], `/artifacts/retention${query({ digest })}`)
export const inspectionQuery = (digest: string) =>
  asked<Inspection>(['artifact', digest, 'attestations'], `/artifacts/${part(digest)}/attestations`)
export const traceQuery = (digest: string) =>
  asked<Trace>(['deployments', 'trace', digest], `/trace/${part(digest)}`)
