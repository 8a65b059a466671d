/** Which releases there are, and which of the newest may go where: go or no-go, and why. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { environmentsQuery, servicesQuery } from '../api/queries.ts'
import { inOrder } from '../format/environments.ts'
import { Answer } from '../kit/answer.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../kit/filters.tsx'
import { Quiet } from '../kit/card.tsx'
import { useTitle } from '../shell/title.ts'
import { ReleaseList } from './releases/list.tsx'
import { Matrix } from './releases/matrix.tsx'
import { ServiceFilter } from './service-filter.tsx'

export function ReleasesPage() {
  useTitle('Releases')
  const search = useSearch({ from: '/releases' })
  const navigate = useNavigate({ from: '/releases' })
  const services = useQuery(servicesQuery())
  const environments = useQuery(environmentsQuery())
  const set = (change: Partial<Record<'service' | 'q' | 'env' | 'vetoed', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const { service, q, vetoed, env } = search
  return (
    <>
      <h1 className="mb-4">Releases</h1>
      <Filters>
        <ServiceFilter value={service} onChange={(value) => set({ service: value })} />
        <TextFilter label="Version or commit" value={q} onChange={(value) => set({ q: value })} />
        <ChoiceFilter
          label="Vetoes"
          value={vetoed}
          all={['vetoed']}
          none="with and without"
          onChange={(value) => set({ vetoed: value })}
        />
      </Filters>
      <Answer query={services}>
        {(all) => {
          const names = inOrder(environments.data ?? [], all)
          if (all.length === 0)
            return (
              <Quiet>No services yet. Apply a manifest: signalbox apply -f signalbox.yaml</Quiet>
            )
          return (
            <div className="space-y-4">
              <Matrix
                services={service === undefined ? all : all.filter(({ name }) => name === service)}
                environments={names}
                chosen={names.find((name) => name === env) ?? names.at(-1)}
                onChoose={(to) => set({ env: to })}
              />
              <ReleaseList
                service={service}
                wanted={q ?? ''}
                isVetoed={vetoed !== undefined}
                environments={names}
              />
            </div>
          )
        }}
      </Answer>
    </>
  )
}
