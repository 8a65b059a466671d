/** Addresses and their pages; all but the first two load when they are first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  parseSearchWith,
  stringifySearchWith,
} from '@tanstack/react-router'
import { NowPage } from './pages/now.tsx'
import { ServicesPage } from './pages/services.tsx'
import { Frame } from './shell/frame.tsx'
import { texts } from './shell/search-texts.ts'

const root = createRootRoute({
  component: Frame,
  notFoundComponent: () => <p>There is no such page.</p>,
})
const page = <Path extends string>(path: Path, component: () => React.ReactNode) =>
  createRoute({ getParentRoute: () => root, path, component })

const now = page('/', NowPage)
const services = page('/services', ServicesPage)
const service = createRoute({
  getParentRoute: () => root,
  path: '/services/$name',
  validateSearch: texts('env'),
  component: lazyRouteComponent(() => import('./pages/service.tsx'), 'ServicePage'),
})
const templates = createRoute({
  getParentRoute: () => root,
  path: '/templates',
  component: lazyRouteComponent(() => import('./pages/templates.tsx'), 'TemplatesPage'),
})
const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  validateSearch: texts('job', 'line', 'attempt', 'view'),
  component: lazyRouteComponent(() => import('./pages/run.tsx'), 'RunPage'),
})
const rollout = createRoute({
  getParentRoute: () => root,
  path: '/rollouts/$id',
  component: lazyRouteComponent(() => import('./pages/rollout.tsx'), 'RolloutPage'),
})
const releases = createRoute({
  getParentRoute: () => root,
  path: '/releases',
  validateSearch: texts('service', 'q', 'env', 'vetoed'),
  component: lazyRouteComponent(() => import('./pages/releases.tsx'), 'ReleasesPage'),
})
const release = createRoute({
  getParentRoute: () => root,
  path: '/releases/$id',
  validateSearch: texts('env'),
  component: lazyRouteComponent(() => import('./pages/release.tsx'), 'ReleasePage'),
})
const calendar = createRoute({
  getParentRoute: () => root,
  path: '/calendar',
  validateSearch: texts('view', 'day', 'service', 'env'),
  component: lazyRouteComponent(() => import('./pages/calendar.tsx'), 'CalendarPage'),
})

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: texts('service', 'branch', 'outcome', 'why'),
  component: lazyRouteComponent(() => import('./pages/runs.tsx'), 'RunsPage'),
})
const fleet = createRoute({
  getParentRoute: () => root,
  path: '/fleet',
  component: lazyRouteComponent(() => import('./pages/fleet.tsx'), 'FleetPage'),
})
const rollouts = createRoute({
  getParentRoute: () => root,
  path: '/rollouts',
  validateSearch: texts('service', 'environment', 'outcome'),
  component: lazyRouteComponent(() => import('./pages/rollouts.tsx'), 'RolloutsPage'),
})
const artifacts = createRoute({
  getParentRoute: () => root,
  path: '/artifacts',
  validateSearch: texts('service', 'q'),
  component: lazyRouteComponent(() => import('./pages/artifacts.tsx'), 'ArtifactsPage'),
})
const artifact = createRoute({
  getParentRoute: () => root,
  path: '/artifacts/$digest',
  component: lazyRouteComponent(() => import('./pages/artifact.tsx'), 'ArtifactPage'),
})

const plans = createRoute({
  getParentRoute: () => root,
  path: '/plans',
  validateSearch: texts('environment'),
  component: lazyRouteComponent(() => import('./pages/plans.tsx'), 'PlansPage'),
})
const plan = createRoute({
  getParentRoute: () => root,
  path: '/plans/$id',
  component: lazyRouteComponent(() => import('./pages/plan.tsx'), 'PlanPage'),
})
const train = createRoute({
  getParentRoute: () => root,
  path: '/trains/$id',
  component: lazyRouteComponent(() => import('./pages/train.tsx'), 'TrainPage'),
})

const flags = createRoute({
  getParentRoute: () => root,
  path: '/flags',
  validateSearch: texts('service', 'q'),
  component: lazyRouteComponent(() => import('./pages/flags.tsx'), 'FlagsPage'),
})
const flag = createRoute({
  getParentRoute: () => root,
  path: '/flags/$name',
  component: lazyRouteComponent(() => import('./pages/flag.tsx'), 'FlagPage'),
})

const flaky = createRoute({
  getParentRoute: () => root,
  path: '/flaky',
  validateSearch: texts('service', 'state', 'q'),
  component: lazyRouteComponent(() => import('./pages/flaky.tsx'), 'FlakyPage'),
})

const emergencies = createRoute({
  getParentRoute: () => root,
  path: '/emergencies',
  validateSearch: texts('service'),
  component: lazyRouteComponent(() => import('./pages/emergencies.tsx'), 'EmergenciesPage'),
})
const emergency = createRoute({
  getParentRoute: () => root,
  path: '/emergencies/$id',
  component: lazyRouteComponent(() => import('./pages/emergency.tsx'), 'EmergencyPage'),
})

const insights = createRoute({
  getParentRoute: () => root,
  path: '/insights',
  validateSearch: texts('service', 'team', 'tier', 'days'),
  component: lazyRouteComponent(() => import('./pages/insights.tsx'), 'InsightsPage'),
})
const figure = createRoute({
  getParentRoute: () => root,
  path: '/insights/$kpi',
  validateSearch: texts('service', 'team', 'tier', 'days'),
  component: lazyRouteComponent(() => import('./pages/figure.tsx'), 'FigurePage'),
})
const report = createRoute({
  getParentRoute: () => root,
  path: '/insights/report',
  validateSearch: texts('period', 'from', 'team', 'tier', 'revision'),
  component: lazyRouteComponent(() => import('./pages/report.tsx'), 'ReportPage'),
})

const incident = createRoute({
  getParentRoute: () => root,
  path: '/incidents/$id',
  component: lazyRouteComponent(() => import('./pages/incident.tsx'), 'IncidentPage'),
})

const governance = createRoute({
  getParentRoute: () => root,
  path: '/governance',
  component: lazyRouteComponent(() => import('./pages/governance.tsx'), 'GovernancePage'),
})
const governanceRoom = createRoute({
  getParentRoute: () => root,
  path: '/governance/$room',
  validateSearch: texts('days', 'service', 'env', 'tier', 'kind', 'thing', 'version'),
  component: lazyRouteComponent(() => import('./pages/governance-room.tsx'), 'GovernanceRoomPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    now,
    services,
    service,
    templates,
    runs,
    run,
    fleet,
    artifacts,
    artifact,
    releases,
    release,
    plans,
    plan,
    train,
    rollouts,
    rollout,
    flags,
    flag,
    flaky,
    calendar,
    emergencies,
    emergency,
    insights,
    figure,
    report,
    incident,
    governance,
    governanceRoom,
  ]),
  // Texts as they were typed: `1.10` is a version, not a number.
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith(String),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
