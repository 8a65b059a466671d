/**
 * Every address that the page knows, and what there is to see at it: a test compares this with the
 * router, so that nobody adds a page that nobody looks at.
 */
/** A question to the server under test; the answer is JSON. */
export type Ask = <T>(path: string) => Promise<T>

/** Nothing may be there to show: a server that is empty has no run. */
type Find = (ask: Ask) => Promise<readonly string[]>

const at =
  (...paths: readonly string[]): Find =>
  async () =>
    paths

/** Things of one list, each under its id: the first, and the first of each other kind. */
const things =
  <Row>(
    list: string,
    pathOf: (row: Row) => string,
    kindOf: (row: Row) => string = () => '',
  ): Find =>
  async (ask) => {
    const rows = await ask<readonly Row[]>(list)
    const first = new Map<string, Row>()
    for (const row of rows) if (!first.has(kindOf(row))) first.set(kindOf(row), row)
    return [...first.values()].map(pathOf)
  }

const part = encodeURIComponent
const byId =
  (path: string) =>
  ({ id }: { readonly id: string }) =>
    `${path}/${part(id)}`

interface Outcome {
  readonly id: string
  readonly outcome: string | null
}

/** By the router's own words for it. */
export const ADDRESSES: Readonly<Record<string, Find>> = {
  '/': at('/'),
  '/services': at('/services'),
  '/services/$name': things<{ name: string; tier: number }>(
    '/services',
    ({ name }) => `/services/${part(name)}`,
    ({ tier }) => String(tier),
  ),
  '/templates': at('/templates'),
  '/runs': at('/runs', '/runs?outcome=failed'),
  '/runs/$id': things<Outcome>('/runs', byId('/runs'), ({ outcome }) => String(outcome)),
  '/fleet': at('/fleet'),
  '/flaky': at('/flaky'),
  '/artifacts': at('/artifacts'),
  '/artifacts/$digest': things<{ digest: string }>(
    '/artifacts',
    ({ digest }) => `/artifacts/${part(digest)}`,
  ),
  '/releases': at('/releases'),
  '/releases/$id': things<{ release: string }>(
    '/releases',
    ({ release }) => `/releases/${part(release)}`,
  ),
  '/plans': at('/plans'),
  '/plans/$id': things('/plans', byId('/plans')),
  '/trains/$id': things<{ name: string }>('/trains', ({ name }) => `/trains/${part(name)}`),
  '/rollouts': at('/rollouts'),
  '/rollouts/$id': things<Outcome>('/deployments', byId('/rollouts'), ({ outcome }) =>
    String(outcome),
  ),
  '/flags': at('/flags'),
  '/flags/$name': things<{ flag: string }>('/flags', ({ flag }) => `/flags/${part(flag)}`),
  '/calendar': at('/calendar', '/calendar?view=day'),
  '/emergencies': at('/emergencies'),
  '/emergencies/$id': things('/emergencies', byId('/emergencies')),
  '/insights': at('/insights'),
  '/insights/$kpi': at('/insights/K3'),
  '/insights/report': at('/insights/report'),
  '/incidents/$id': things('/incidents', byId('/incidents')),
  '/governance': at('/governance'),
  '/governance/$room': at(
    ...['policies', 'waivers', 'audit', 'evidence', 'records', 'access', 'runbooks'].map(
      (room) => `/governance/${room}`,
    ),
    ...['incidents', 'connections', 'settings'].map((room) => `/governance/${room}`),
  ),
}
