/** What stands beside the versions of a service: its template, and whether it could go back. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { wayBackQuery } from '../../api/queries.ts'
import type { Slot } from '../../api/rollouts.ts'
import type { Adoption } from '../../api/templates.ts'
import { State } from '../../kit/state.tsx'

export interface OnTemplate {
  readonly template: string
  readonly behind: number
}

/** By service; null: a pipeline of its own. */
export function templatesOf(
  adoption: Adoption | undefined,
): ReadonlyMap<string, OnTemplate | null> {
  const found = new Map<string, OnTemplate | null>()
  for (const { name, versions } of adoption?.templates ?? [])
    for (const { version, behind, services } of versions)
      for (const service of services)
        found.set(service, { template: `${name.split('/').at(-1) ?? name}@${version}`, behind })
  for (const service of adoption?.ownWay ?? []) found.set(service, null)
  return found
}

export function Template({ on }: { on: OnTemplate | null | undefined }) {
  if (on === undefined) return <span className="text-quiet">not known</span>
  if (on === null) return <span className="text-quiet">its own</span>
  return (
    <>
      <Link to="/templates" className="whitespace-nowrap">
        {on.template}
      </Link>
      <div className="text-xs">
        {on.behind === 0 ? (
          <State of="passed" text="newest" />
        ) : (
          <State of="behind" text={`${on.behind} behind`} tone="open" />
        )}
      </div>
    </>
  )
}

/** Asked for rows that are in sight, as a rollback would be; nothing is done by asking. */
const KEPT_MS = 60_000

export function Back({ slot }: { slot: Slot | undefined }) {
  const isThere = slot !== undefined && slot.deployed !== null
  const way = useQuery({
    ...wayBackQuery(slot?.environment ?? '', slot?.service ?? ''),
    enabled: isThere,
    staleTime: KEPT_MS,
    refetchInterval: false,
    retry: false,
  })
  if (!isThere) return <span className="text-quiet text-xs">nothing there yet</span>
  if (way.error !== null)
    return (
      <span title={way.error.message} className="text-xs leading-6">
        <State of="back" text="no way back" tone="open" />
      </span>
    )
  if (way.data === undefined) return <span className="text-quiet">…</span>
  const { to, path } = way.data
  const tone = path === 'fast' ? 'good' : 'open'
  const how = path === 'fast' ? 'at once' : 'as a promotion'
  return (
    <span title={way.data.why} className="text-xs leading-6">
      <State of="back" text={`to ${to.version} ${how}`} tone={tone} />
    </span>
  )
}
