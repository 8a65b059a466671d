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
  /** The furthest behind first. */
  readonly drift: readonly Drift[]
}

/** A service that is not on the newest number of its template. */
export interface Drift {
  readonly service: string
  readonly owner: string
  readonly template: string
  readonly newest: string
  readonly behind: number
  /** It had followed a proposal, and its manifest has put it back since. */
  readonly isPinnedBack: boolean
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

/** Services that had followed a proposal, by the number that they had followed it to. */
export type Followed = ReadonlyMap<string, readonly string[]>

export function adoptionOf(
  served: readonly string[],
  riders: readonly Rider[],
  followed: Followed = new Map(),
): Adoption {
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
    drift: driftOf(newest, found, followed),
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

function driftOf(
  newest: ReadonlyMap<string, number>,
  riders: readonly Rider[],
  followed: Followed,
): readonly Drift[] {
  return riders
    .flatMap(({ service, owner, template = '' }): Drift[] => {
      const { name, version } = partsOf(template)
      const last = newest.get(name) ?? version
      const ahead = (followed.get(service) ?? []).map(partsOf)
      const isPinnedBack = ahead.some((one) => one.name === name && one.version > version)
      const about = { newest: `${name}@${last}`, behind: last - version, isPinnedBack }
      return last > version || isPinnedBack ? [{ service, owner, template, ...about }] : []
    })
    .toSorted((a, b) => b.behind - a.behind || (a.service < b.service ? -1 : 1))
}

/** The number before it, of those that are served. */
export function olderOf(served: readonly string[], template: string): string | undefined {
  const { name, version } = partsOf(template)
  const older = served.map(partsOf).filter((one) => one.name === name && one.version < version)
  const last = Math.max(...older.map((one) => one.version))
  return older.length === 0 ? undefined : `${name}@${last}`
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
