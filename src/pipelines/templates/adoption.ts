/** Who is on the paved road, on which number of it, and who is behind. */

export interface Rider {
  readonly service: string
  readonly owner: string
  readonly tier: number
  /** As pinned: `paved-road/node-service@1`. */
  readonly template?: string | undefined
}

export interface Adoption {
  readonly services: number
  readonly onRoad: number
  /** Of all services, 0 to 1; 0 when there are none. */
  readonly share: number
  readonly templates: readonly TemplateAdoption[]
  /** Pipelines of their own. */
  readonly ownWay: readonly string[]
  /** Pinned to what is not served any more: their next run is refused. */
  readonly lost: readonly { readonly service: string; readonly template: string }[]
}

export interface TemplateAdoption {
  readonly name: string
  readonly newest: number
  readonly services: number
  readonly versions: readonly {
    readonly version: number
    /** How many numbers behind the newest. */
    readonly behind: number
    readonly services: readonly string[]
  }[]
}

const PINNED = /^(.+)@(\d+)$/

export function adoptionOf(served: readonly string[], riders: readonly Rider[]): Adoption {
  const newest = newestOf(served)
  const known = new Set(served)
  const pinned = riders.filter(({ template }) => template !== undefined)
  const found = pinned.filter(({ template = '' }) => known.has(template))
  const byName = Map.groupBy(found, ({ template = '' }) => partsOf(template).name)
  const templates = [...newest].map(([name, version]) =>
    adoptionOfOne(name, version, byName.get(name) ?? []),
  )
  return {
    services: riders.length,
    onRoad: found.length,
    share: riders.length === 0 ? 0 : found.length / riders.length,
    templates: templates.toSorted((a, b) => b.services - a.services || (a.name < b.name ? -1 : 1)),
    ownWay: riders.flatMap(({ service, template }) => (template === undefined ? [service] : [])),
    lost: pinned.flatMap(({ service, template = '' }) =>
      known.has(template) ? [] : [{ service, template }],
    ),
  }
}

function adoptionOfOne(name: string, newest: number, riders: readonly Rider[]): TemplateAdoption {
  const byVersion = Map.groupBy(riders, ({ template = '' }) => partsOf(template).version)
  const versions = [...byVersion]
    .toSorted(([a], [b]) => b - a)
    .map(([version, of]) => ({
      version,
      behind: newest - version,
      services: of.map(({ service }) => service).toSorted(),
    }))
  return { name, newest, services: riders.length, versions }
}

function newestOf(served: readonly string[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const { name, version } of served.map(partsOf))
    newest.set(name, Math.max(version, newest.get(name) ?? 0))
  return newest
}

function partsOf(template: string): { readonly name: string; readonly version: number } {
  const [, name = template, version = '0'] = PINNED.exec(template) ?? []
  return { name, version: Number(version) }
}
