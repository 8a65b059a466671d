/**
 * The pages one can go to from anywhere, and the key that, after `g`, goes there. Nine are what
 * people come for; the others belong under one of them, and show when it is open.
 */
export const PAGES = [
  { to: '/', name: 'Now', key: 'n', under: undefined },
  { to: '/services', name: 'Services', key: 's', under: undefined },
  { to: '/templates', name: 'Templates', key: 'm', under: '/services' },
  { to: '/runs', name: 'Runs', key: 'r', under: undefined },
  { to: '/flaky', name: 'Flaky tests', key: 't', under: '/runs' },
  { to: '/fleet', name: 'Fleet', key: 'u', under: '/runs' },
  { to: '/artifacts', name: 'Artifacts', key: 'a', under: undefined },
  { to: '/releases', name: 'Releases', key: 'l', under: undefined },
  { to: '/plans', name: 'Plans', key: 'p', under: '/releases' },
  { to: '/rollouts', name: 'Rollouts', key: 'o', under: undefined },
  { to: '/flags', name: 'Flags', key: 'f', under: '/rollouts' },
  { to: '/emergencies', name: 'Emergencies', key: 'e', under: '/rollouts' },
  { to: '/calendar', name: 'Calendar', key: 'c', under: undefined },
  { to: '/insights', name: 'Insights', key: 'i', under: undefined },
  { to: '/governance', name: 'Governance', key: 'v', under: undefined },
] as const

export type Page = (typeof PAGES)[number]
export type PageTo = Page['to']

/** Whose pages have no place of their own in the list. */
const INSIDE: readonly (readonly [path: string, page: PageTo])[] = [['/trains', '/plans']]

const isAt = (path: string, to: string) => path === to || path.startsWith(`${to}/`)

/** Which of the nine a path belongs to. */
export function sectionOf(path: string): PageTo | undefined {
  const [, to = path] = INSIDE.find(([inside]) => isAt(path, inside)) ?? []
  const page = PAGES.find((each) => (each.to === '/' ? to === '/' : isAt(to, each.to)))
  return page?.under ?? page?.to
}
