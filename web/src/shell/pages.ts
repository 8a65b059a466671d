/** The pages one can go to from anywhere, and the key that, after `g`, goes there. */
export const PAGES = [
  { to: '/', name: 'Now', key: 'n' },
  { to: '/services', name: 'Services', key: 's' },
  { to: '/releases', name: 'Releases', key: 'l' },
  { to: '/calendar', name: 'Calendar', key: 'c' },
] as const

export type PageTo = (typeof PAGES)[number]['to']
