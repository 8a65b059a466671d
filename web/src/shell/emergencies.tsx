/** Stands on every page while an emergency does: whose, how long still, and who answers for it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { owingEmergenciesQuery } from '../api/queries.ts'
import { emergencyInWords } from '../format/emergency.ts'
import { COLOUR } from '../kit/state.tsx'
import { useNow } from './now.ts'

const SHOWN_MAX = 3

export function Emergencies() {
  const now = useNow()
  const { data = [] } = useQuery(owingEmergenciesQuery())
  const all = data.filter(({ status }) => status !== 'ended')
  if (all.length === 0) return null
  return (
    <section
      aria-label="Emergencies"
      className="border-bad bg-card border-b-2 px-5 py-1.5 font-medium"
    >
      <ul>
        {all.slice(0, SHOWN_MAX).map((each) => {
          const { id, service, environment, requestedBy, reason } = each
          const { text, tone } = emergencyInWords(each, now)
          return (
            <li key={id} className="flex flex-wrap gap-x-3">
              <Link to="/emergencies/$id" params={{ id }} className="py-0.5">
                <span aria-hidden="true" className={COLOUR[tone]}>
                  ⚠
                </span>{' '}
                Emergency: {service} in {environment}
              </Link>
              <span className={`${COLOUR[tone]} py-0.5`}>{text}</span>
              <span className="text-quiet min-w-0 flex-1 basis-48 truncate py-0.5 font-normal">
                {requestedBy}: {reason}
              </span>
            </li>
          )
        })}
      </ul>
      {all.length > SHOWN_MAX && <Link to="/emergencies">and {all.length - SHOWN_MAX} more</Link>}
    </section>
  )
}
