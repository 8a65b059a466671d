/** The environments, each with how it stands on the calendar now. */
import { useQuery } from '@tanstack/react-query'
import { environmentsQuery, servicesQuery, standingsQuery } from '../api/queries.ts'
import { inOrder } from '../format/environments.ts'
import { standingInWords } from '../format/standing.ts'
import { COLOUR } from '../kit/state.tsx'

export function Environments() {
  const environments = useQuery(environmentsQuery())
  const services = useQuery(servicesQuery())
  const standings = useQuery(standingsQuery())
  if (environments.data === undefined && environments.error !== null)
    return <p className="text-quiet text-xs">? Which environments there are is not known.</p>
  return (
    <ul aria-label="Environments" className="flex flex-wrap gap-1.5">
      {inOrder(environments.data ?? [], services.data ?? []).map((name) => {
        const known = standings.error === null ? standings.data : undefined
        const of = known?.find(({ environment }) => environment === name)
        const { glyph, text, tone, title } = standingInWords(of)
        return (
          <li
            key={name}
            title={title}
            className="border-line rounded-full border px-2.5 py-0.5 text-xs whitespace-nowrap"
          >
            {name}{' '}
            <span className={COLOUR[tone]}>
              <span aria-hidden="true">{glyph}</span> {text}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
