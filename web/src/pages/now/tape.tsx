/** Everything that happened in the last day, newest first. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { changesQuery } from '../../api/queries.ts'
import type { Happening } from '../../api/types.ts'
import { clock, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'

export function Tape() {
  const changes = useQuery(changesQuery())
  return (
    <Card title="Last 24 hours">
      <Answer query={changes}>
        {(rows) =>
          rows.length === 0 ? (
            <Quiet>Nothing happened.</Quiet>
          ) : (
            <ol className="-mx-2 max-h-[46rem] overflow-y-auto" tabIndex={0} aria-label="Changes">
              {rows.map((row) => (
                <li
                  key={`${row.kind} ${row.thing} ${row.version}`}
                  className="grid grid-cols-[2.75rem_1fr] px-2 py-1.5"
                >
                  <time
                    dateTime={new Date(row.at).toISOString()}
                    title={instant(row.at)}
                    className="text-quiet pt-px text-xs"
                  >
                    {clock(row.at)}
                  </time>
                  <div className="min-w-0 break-words">
                    <To row={row}>
                      <Says tone={row.tone} text={row.text} />
                    </To>
                    <p className="text-quiet pl-[1.375rem] text-xs">
                      {[row.environment, row.by].filter((word) => word !== null).join(' · ')}
                    </p>
                  </div>
                </li>
              ))}
            </ol>
          )
        }
      </Answer>
    </Card>
  )
}

/** To its own page, where it has one. */
function To({ row, children }: { row: Happening; children: ReactNode }) {
  const { kind, thing: id, service } = row
  const look = 'text-ink block'
  if (kind === 'run')
    return (
      <Link to="/runs/$id" params={{ id }} className={look}>
        {children}
      </Link>
    )
  if (kind === 'deployment')
    return (
      <Link to="/rollouts/$id" params={{ id }} className={look}>
        {children}
      </Link>
    )
  if (service === null) return children
  return (
    <Link to="/services/$name" params={{ name: service }} className={look}>
      {children}
    </Link>
  )
}
