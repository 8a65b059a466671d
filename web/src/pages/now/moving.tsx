/** Slots that a release plan or train keeps for itself: on their way, and nothing is wrong. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { slotsQuery } from '../../api/queries.ts'
import { MovesWith } from '../../kit/moves-with.tsx'
import { When } from '../../kit/when.tsx'

export function Moving() {
  const { data = [] } = useQuery(slotsQuery())
  const moving = data.flatMap(({ service, environment, hold }) =>
    hold === null || hold.movesWith === null
      ? []
      : { service, environment, at: hold.at, by: hold.movesWith },
  )
  if (moving.length === 0) return null
  return (
    <ul aria-label="Kept by plans and trains" className="divide-line mt-2 divide-y">
      {moving.map(({ service, environment, at, by }) => (
        <li
          key={`${environment}/${service}`}
          className="flex flex-wrap justify-between gap-x-4 py-1.5"
        >
          <Link to="/services/$name" params={{ name: service }} className="font-medium">
            {service} in {environment}
          </Link>
          <MovesWith with={by} />
          <span className="text-quiet text-xs">
            <When at={at} />
          </span>
        </li>
      ))}
    </ul>
  )
}
