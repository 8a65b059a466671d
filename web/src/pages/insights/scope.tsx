/** Whose figures, and of which days: what stands in the address of every page of insights. */
import { useQuery } from '@tanstack/react-query'
import { servicesQuery } from '../../api/queries.ts'
import { ChoiceFilter, Filters } from '../../kit/filters.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { narrowed } from '../../shell/narrowed.ts'
import { sinceDays, WINDOWS } from './window.ts'

export const SCOPE = ['service', 'team', 'tier', 'days'] as const
export type ScopeSearch = Readonly<Partial<Record<(typeof SCOPE)[number], string>>>

export const daysOf = (search: ScopeSearch) => WINDOWS.find((each) => each === search.days) ?? '91'

/** What the server is asked: the same question for a while, instead of a new one each second. */
export const scopeOf = (search: ScopeSearch) => ({
  ...narrowed(search, ['service', 'team', 'tier']),
  ...sinceDays(daysOf(search)),
})

export function ScopeFilters({
  search,
  onChange,
}: {
  search: ScopeSearch
  onChange: (change: ScopeSearch) => void
}) {
  const services = useQuery(servicesQuery())
  const known = services.data ?? []
  const teams = [...new Set(known.map(({ owner }) => owner))].sort()
  return (
    <Filters>
      <ChoiceFilter
        label="Service"
        value={search.service}
        all={known.map(({ name }) => name)}
        onChange={(service) => onChange({ service })}
      />
      <ChoiceFilter
        label="Team"
        value={search.team}
        all={teams}
        onChange={(team) => onChange({ team })}
      />
      <ChoiceFilter
        label="Tier"
        value={search.tier}
        all={['0', '1', '2', '3']}
        onChange={(tier) => onChange({ tier })}
      />
      <div className="text-quiet text-xs">
        <span className="mb-0.5 block">Days</span>
        <Tabs
          label="Days"
          all={WINDOWS}
          chosen={daysOf(search)}
          onChoose={(days) => onChange({ days })}
        />
      </div>
    </Filters>
  )
}
