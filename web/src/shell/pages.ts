/** The pages one can go to from anywhere, and the key that, after `g`, goes there. */
export const PAGES = [
  { to: '/', name: 'Now', key: 'n' },
  { to: '/services', name: 'Services', key: 's' },
  { to: '/runs', name: 'Runs', key: 'r' },
  { to: '/flaky', name: 'Flaky tests', key: 't' },
  { to: '/artifacts', name: 'Artifacts', key: 'a' },
  { to: '/releases', name: 'Releases', key: 'l' },
  { to: '/plans', name: 'Plans', key: 'p' },
  { to: '/rollouts', name: 'Rollouts', key: 'o' },
  { to: '/flags', name: 'Flags', key: 'f' },
  { to: '/calendar', name: 'Calendar', key: 'c' },
  { to: '/emergencies', name: 'Emergencies', key: 'e' },
  { to: '/insights', name: 'Insights', key: 'i' },
  { to: '/governance', name: 'Governance', key: 'v' },
] as const

export type PageTo = (typeof PAGES)[number]['to']
