/** Flags of one service, each with where it is not at rest. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { flagsQuery } from '../../api/queries.ts'
import { placeInWords } from '../../format/flag.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'

export function Flags({ service }: { service: string }) {
  const now = useNow()
  const flags = useQuery(flagsQuery())
  return (
    <Card title="Flags" id="flags">
      <Answer query={flags}>
        {(rows) => {
          const mine = rows.filter((row) => row.service === service)
          if (mine.length === 0) return <Quiet>It has none.</Quiet>
          return (
            <ul className="divide-line divide-y">
              {mine.map(({ flag, default: rest, environments }) => (
                <li key={flag} className="py-2 first:pt-0 last:pb-0">
                  <Link to="/flags/$name" params={{ name: flag }} className="font-mono font-medium">
                    {flag}
                  </Link>
                  <ul className="text-xs">
                    {environments.map((place) => (
                      <li key={place.environment} className="flex flex-wrap gap-x-3">
                        <span className="text-quiet w-16">{place.environment}</span>
                        <State of="flag" {...placeInWords(place, rest, now)} />
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ul>
          )
        }}
      </Answer>
    </Card>
  )
}
