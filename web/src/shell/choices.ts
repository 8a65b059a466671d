/** What the palette offers: pages by name, then what the server found, each with its address. */
import type { Found } from '../api/found.ts'
import { PAGES } from './pages.ts'

export interface Choice {
  readonly kind: string
  readonly title: string
  readonly detail: string
  readonly href: string
}

const HREF: Readonly<Record<Found['kind'], string>> = {
  service: '/services',
  run: '/runs',
  release: '/releases',
  deployment: '/rollouts',
  artifact: '/artifacts',
}
const CALLED: Readonly<Record<Found['kind'], string>> = {
  service: 'service',
  run: 'run',
  release: 'release',
  deployment: 'rollout',
  artifact: 'artifact',
}

export function choices(wanted: string, found: readonly Found[]): readonly Choice[] {
  const text = wanted.toLowerCase()
  const pages = PAGES.filter(({ name }) => name.toLowerCase().startsWith(text)).map(
    ({ to, name, key }): Choice => ({ kind: 'page', title: name, detail: `g ${key}`, href: to }),
  )
  const things = found.map(({ kind, id, title, detail }): Choice => {
    const href = `${HREF[kind]}/${encodeURIComponent(id)}`
    return { kind: CALLED[kind], title, detail, href }
  })
  return [...pages, ...things]
}

/** Where an arrow leads, round at the ends; undefined: the key is no arrow. */
export function nextChoice(key: string, chosen: number, count: number): number | undefined {
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined
  if (count === 0) return 0
  return (chosen + (key === 'ArrowDown' ? 1 : count - 1)) % count
}
