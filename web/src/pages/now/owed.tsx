/** Emergencies that ask for somebody: a yes, an eye on it, or looking back at it. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { owingEmergenciesQuery } from '../../api/queries.ts'
import { Trouble } from '../../kit/answer.tsx'
import { State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'
import { emergencyTexts } from './emergencies.ts'

/** How many lines there are; undefined while that is not known. */
export function useOwed() {
  const now = useNow()
  const { data, error } = useQuery(owingEmergenciesQuery())
  const lines = data?.flatMap(({ id, service, environment, ...rest }) =>
    emergencyTexts(rest, now).map((text) => ({ id, service, environment, ...text })),
  )
  return { lines, error }
}

export function Owed({ lines = [], error }: ReturnType<typeof useOwed>) {
  return (
    <>
      {error !== null && <Trouble error={error} />}
      {lines.length > 0 && (
        <ul aria-label="Emergencies and reviews" className="divide-line border-line divide-y">
          {lines.map(({ id, service, environment, kind, detail, tone }) => (
            <li key={`${id} ${kind}`} className="grid gap-x-4 py-2 sm:grid-cols-[10rem_1fr]">
              <State of="owed" text={kind} tone={tone} />
              <div className="min-w-0">
                <Link to="/emergencies/$id" params={{ id }} className="font-medium">
                  {service} in {environment}
                </Link>
                <p className="text-quiet text-xs break-words">{detail}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
