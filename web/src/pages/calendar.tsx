/** When releases may move: what stands on the calendar, and whether one of them may go now. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { environmentsQuery, servicesQuery } from '../api/queries.ts'
import { inOrder } from '../format/environments.ts'
import { dayText, moved, spanOf, VIEWS } from '../format/span.ts'
import { Answer } from '../kit/answer.tsx'
import { Button } from '../kit/button.tsx'
import { Quiet } from '../kit/card.tsx'
import { Tabs } from '../kit/tabs.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { Freezes } from './calendar/freezes.tsx'
import { MayI } from './calendar/may-i.tsx'
import { Subscribe } from './calendar/subscribe.tsx'
import { Timeline } from './calendar/timeline.tsx'

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

export function CalendarPage() {
  useTitle('Calendar')
  const search = useSearch({ from: '/calendar' })
  const navigate = useNavigate({ from: '/calendar' })
  const services = useQuery(servicesQuery())
  const environments = useQuery(environmentsQuery())
  const now = useNow()
  const view = VIEWS.find((each) => each === search.view) ?? 'week'
  const span = spanOf(view, search.day, now)
  const set = (change: Partial<Record<'view' | 'day' | 'service' | 'env', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const names = inOrder(environments.data ?? [], services.data ?? [])
  return (
    <>
      <h1 className="mb-4">Calendar</h1>
      <div className="space-y-4">
        <MayI
          services={(services.data ?? []).map(({ name }) => name)}
          environments={names}
          service={search.service}
          environment={search.env}
          onChange={set}
        />
        <Freezes environments={names} />
        <div className="flex flex-wrap items-center gap-3">
          <Tabs label="Shown" all={VIEWS} chosen={view} onChoose={(to) => set({ view: to })} />
          <div className="flex gap-1">
            <Button
              aria-label={`The ${view} before`}
              onClick={() => set({ day: moved(view, span, -1) })}
            >
              ‹
            </Button>
            <Button onClick={() => set({ day: dayText(now) })}>Today</Button>
            <Button
              aria-label={`The next ${view}`}
              onClick={() => set({ day: moved(view, span, 1) })}
            >
              ›
            </Button>
          </div>
          <p className="text-quiet text-xs">
            Times in {ZONE}
            {search.service !== undefined && `, for ${search.service}`}
          </p>
        </div>
        <Answer query={environments}>
          {() =>
            names.length === 0 ? (
              <Quiet>No environment is declared yet: signalbox apply -f signalbox.yaml</Quiet>
            ) : (
              <Timeline
                environments={names}
                service={search.service}
                view={view}
                span={span}
                now={now}
              />
            )
          }
        </Answer>
        <Subscribe service={search.service} environment={search.env} />
      </div>
    </>
  )
}
