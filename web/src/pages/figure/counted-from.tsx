/** What the figure was counted from, one by one, each with the facts that say so. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { KpiPart, KpiUnit } from '../../api/insights.ts'
import { countedPartsQuery } from '../../api/queries.ts'
import { valueText } from '../../format/kpis.ts'
import { ownEvent } from '../../format/reference.ts'
import { count, words } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'
import { LIMIT, More } from '../../kit/more.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'

export function CountedFrom({
  at,
  number,
  unit,
}: {
  at: Readonly<Record<string, string>>
  number: string
  unit: KpiUnit
}) {
  const counted = useQuery(countedPartsQuery(number, at))
  const [as, setAs] = useState('')
  const [limit, setLimit] = useState(LIMIT)
  return (
    <Card title="What was counted" id="counted" aside="newest first">
      <Answer query={counted}>
        {({ parts, counted: all }) => {
          const kinds = [...new Set(parts.map(({ counts }) => counts))].sort()
          const chosen = parts.filter(({ counts }) => as === '' || counts === as)
          const shown = chosen.toSorted((a, b) => b.at - a.at).slice(0, limit)
          return (
            <>
              <div className="mb-3 flex flex-wrap items-end gap-4">
                {kinds.length > 1 && (
                  <ChoiceFilter label="Counted as" value={as} all={kinds} onChange={setAs} />
                )}
                <p className="text-quiet text-xs">
                  {count(chosen.length)} of {count(all)}
                </p>
              </div>
              <Parts rows={shown} unit={unit} />
              {chosen.length > limit && (
                <More shown={shown.length} limit={limit} onMore={setLimit} />
              )}
            </>
          )
        }}
      </Answer>
    </Card>
  )
}

function Parts({ rows, unit }: { rows: readonly KpiPart[]; unit: KpiUnit }) {
  const hasValues = rows.some(({ value }) => value !== undefined)
  return (
    <Table
      label="What was counted"
      rows={rows}
      keyOf={({ what, id, at }) => `${what} ${id} ${at}`}
      empty="Nothing, in these days."
      columns={[
        { heading: 'What', cell: (part) => <What part={part} /> },
        { heading: 'Counted as', cell: ({ counts }) => counts },
        ...(hasValues
          ? [
              {
                heading: 'Value',
                numeric: true,
                cell: ({ value }: KpiPart) =>
                  value === undefined ? '–' : valueText(unit === 'ms' ? 'ms' : 'count', value),
              },
            ]
          : []),
        { heading: 'When', cell: ({ at }) => <When at={at} /> },
        { heading: 'Said by', cell: ({ from }) => <From references={from} /> },
      ]}
    />
  )
}

/** Only what happened here has a page here. */
function What({ part: { what, id, from } }: { part: KpiPart }) {
  const isOurs = from.some((reference) => ownEvent(reference) !== undefined)
  const shown = (
    <span className="font-mono break-all">{what === 'change' ? id.slice(0, 12) : id}</span>
  )
  if (what === 'service')
    return (
      <Link to="/services/$name" params={{ name: id }}>
        {id}
      </Link>
    )
  if (what === 'deployment' && isOurs)
    return (
      <Link to="/rollouts/$id" params={{ id }}>
        {shown}
      </Link>
    )
  if (what === 'run' && isOurs)
    return (
      <Link to="/runs/$id" params={{ id }}>
        {shown}
      </Link>
    )
  return (
    <>
      {what === 'other' ? '' : `${words(what)} `}
      {shown}
    </>
  )
}

function From({ references }: { references: readonly string[] }) {
  if (references.length === 0) return <span className="text-quiet">counted minute by minute</span>
  return (
    <details>
      <summary className="text-quiet cursor-pointer text-xs whitespace-nowrap">
        {references.length} {references.length === 1 ? 'fact' : 'facts'}
      </summary>
      <ul className="text-xs">
        {references.map((reference) => {
          const own = ownEvent(reference)
          return (
            <li key={reference} className="font-mono break-all">
              {own === undefined ? (
                reference
              ) : (
                <Link to="/governance/$room" params={{ room: 'audit' }} search={own}>
                  {reference}
                </Link>
              )}
            </li>
          )
        })}
      </ul>
    </details>
  )
}
