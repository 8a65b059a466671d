/** One release plan: what goes in which order, why each waits, and what a person may say to it. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReleasePlanDetail } from '../api/plans.ts'
import { planQuery } from '../api/queries.ts'
import { onFailureInWords, planInWords, progressInWords } from '../format/plan.ts'
import { ago, duration, instant } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { State } from '../kit/state.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { Decisions } from './plan/decisions.tsx'
import { History } from './plan/history.tsx'
import { Items } from './plan/items.tsx'
import { Order } from './plan/order.tsx'
import { Source } from './plans/source.tsx'
import { BOX, EDGE } from './rollout/box.ts'

export function PlanPage() {
  const { id } = useParams({ from: '/plans/$id' })
  const plan = useQuery(planQuery(id))
  return (
    <Answer query={plan} heading={`Plan ${id}`}>
      {(row) => <Plan plan={row} />}
    </Answer>
  )
}

function Plan({ plan }: { plan: ReleasePlanDetail }) {
  const { id, items, groups, tasks } = plan
  useTitle(`${id}: ${planInWords(plan).text}`)
  return (
    <div className="space-y-4">
      <Head plan={plan} />
      <Halts plan={plan} />
      {tasks.length > 0 && (
        <section aria-label="Left to do" className={`${BOX} ${EDGE.bad} space-y-2`}>
          <p className="font-medium">Left for people to do</p>
          <ul>
            {tasks.map(({ service, text }) => (
              <li key={service} className="item break-words">
                {text}
              </li>
            ))}
          </ul>
        </section>
      )}
      {items.some(({ after }) => after.length > 0) && <Order items={items} />}
      <Card title="Services" aside={progressInWords(items)}>
        <Items items={items} />
      </Card>
      <div className="grid gap-4 md:grid-cols-2">
        <Card title="When one fails">
          <ul className="space-y-2">
            {groups.map((group) => (
              <li key={group.name}>
                <span className="font-medium">{group.name}</span>{' '}
                <span className="text-quiet text-xs">{group.services.join(', ')}</span>
                <p>{onFailureInWords(group)}</p>
              </li>
            ))}
          </ul>
        </Card>
        <History happenings={plan.history} />
      </div>
      <Decisions plan={plan} />
    </div>
  )
}

function Head({ plan }: { plan: ReleasePlanDetail }) {
  const now = useNow()
  const { id, environment, source, plannedBy, plannedAt, startedAt, endedAt } = plan
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
      <div>
        <p className="text-quiet text-xs">
          Release plan · <Source source={source} />
        </p>
        <h1>
          {id}{' '}
          <span className="text-quiet font-normal">
            <span aria-hidden="true">→</span>
            <span className="sr-only">to</span> {environment}
          </span>
        </h1>
        <p className="text-quiet" title={instant(startedAt ?? plannedAt)}>
          planned by {plannedBy} {ago(plannedAt, now)}
          {startedAt !== null && `, started ${ago(startedAt, now)}`}
          {startedAt !== null && endedAt !== null && `, took ${duration(endedAt - startedAt)}`}
        </p>
      </div>
      <p role="status" className="text-lg font-semibold">
        <State of={plan.status} {...planInWords(plan)} />
      </p>
    </header>
  )
}

/** A halt is a question to people, and is over within a day whoever answers. */
function Halts({ plan: { status, waits } }: { plan: ReleasePlanDetail }) {
  const halts = waits.filter(({ service }) => service === null)
  if (status !== 'running' || halts.length === 0) return null
  return (
    <section aria-label="Why it does not go on" className={`${BOX} ${EDGE.bad} space-y-2`}>
      {halts.map(({ why }) => (
        <p key={why} className="break-words">
          {why}
        </p>
      ))}
      <p className="text-quiet text-xs">
        Nothing new starts until then; what is on its way goes to its end. After a day without an
        answer the plan is over.
      </p>
    </section>
  )
}
