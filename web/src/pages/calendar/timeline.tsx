/**
 * Environments as lanes over a day or a week: windows, freezes and what was deployed. The picture
 * is for the eye; the list under it says the same to everyone, with what leads on.
 */
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { CalendarEntry } from '../../api/calendar.ts'
import { runbooksQuery } from '../../api/governing.ts'
import { calendarQuery, deploymentsInQuery, trainsQuery } from '../../api/queries.ts'
import type { Deployment } from '../../api/rollouts.ts'
import { stateInWords } from '../../format/deployment.ts'
import { type Ahead, aheadIn } from '../../format/ahead.ts'
import { marksOf, rowsOf, share, type Span, type View } from '../../format/span.ts'
import { dayAndClock, instant } from '../../format/text.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Says, State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

interface Lane {
  readonly environment: string
  /** Undefined: not known. */
  readonly entries: readonly CalendarEntry[] | undefined
  readonly isCut: boolean
  readonly deployments: readonly Deployment[]
  /** Trains that leave, drills and reviews of runbooks that are due. */
  readonly ahead: readonly Ahead[]
}

export function Timeline({
  environments,
  service,
  view,
  span,
  now,
}: {
  environments: readonly string[]
  service: string | undefined
  view: View
  span: Span
  now: number
}) {
  const about = service === undefined ? {} : { service }
  const spans = useQueries({
    queries: environments.map((environment) => calendarQuery({ environment, ...about }, span)),
  })
  const rollouts = useQuery(deploymentsInQuery(span, service))
  const trains = useQuery(trainsQuery())
  const runbooks = useQuery(runbooksQuery())
  const all = aheadIn(
    { trains: trains.data ?? [], runbooks: runbooks.data ?? [], environments, service },
    span,
  )
  const lanes = environments.map((environment, i): Lane => {
    const known = spans[i]?.data
    const deployments = (rollouts.data ?? []).filter((each) => each.environment === environment)
    const ahead = all.filter((each) => each.environment === environment)
    return {
      environment,
      entries: known?.entries,
      isCut: known?.isCut ?? false,
      deployments,
      ahead,
    }
  })
  const [trouble] = [...spans, rollouts].flatMap(({ error }) => error ?? [])
  return (
    <>
      {trouble !== undefined && <Trouble error={trouble} />}
      <Picture lanes={lanes} view={view} span={span} now={now} />
      <Card title="The same as a list">
        <Entries lanes={lanes} />
      </Card>
    </>
  )
}

function Picture({
  lanes,
  view,
  span,
  now,
}: {
  lanes: readonly Lane[]
  view: View
  span: Span
  now: number
}) {
  const marks = marksOf(view, span)
  const isNow = span.from <= now && now < span.to
  return (
    <div aria-hidden="true" className="border-line bg-card overflow-x-auto rounded-lg border">
      <div className="timeline">
        <div />
        <div className="border-line relative h-7 border-b">
          {marks.map(({ left, text }) => (
            <span
              key={left}
              className="text-quiet absolute top-1 pl-1.5 text-xs whitespace-nowrap"
              style={{ left: `${left}%` }}
            >
              {text}
            </span>
          ))}
        </div>
        {lanes.map((lane) => (
          <LaneOf key={lane.environment} lane={lane} span={span}>
            {marks.map(({ left }) => (
              <i key={left} className="timeline-line" style={{ left: `${left}%` }} />
            ))}
            {isNow && <i className="timeline-now" style={{ left: `${share(now, span)}%` }} />}
          </LaneOf>
        ))}
      </div>
    </div>
  )
}

const KIND = {
  freeze: { glyph: '❄', says: 'frozen', look: 'timeline-closed' },
  deny: { glyph: '⊘', says: 'closed', look: 'timeline-closed' },
  allow: { glyph: '✓', says: 'open', look: 'timeline-open' },
} as const

function LaneOf({
  lane: { environment, entries, deployments, ahead },
  span,
  children,
}: {
  lane: Lane
  span: Span
  children: React.ReactNode
}) {
  return (
    <>
      <div className="border-line border-t px-3 py-2 font-medium">{environment}</div>
      <div className="border-line relative space-y-1 border-t py-2">
        {children}
        {entries === undefined && (
          <span className="text-quiet relative px-2 text-xs">not known</span>
        )}
        {rowsOf(entries ?? [], span).map((row, i) => (
          <div key={`row ${i}`} className="relative h-6">
            {row.map(({ of, left, width }) => {
              const { glyph, look } = KIND[of.kind]
              return (
                <span
                  key={`${of.kind} ${of.name} ${of.startsAt}`}
                  className={`timeline-bar ${look}`}
                  style={{ left: `${left}%`, width: `${width}%` }}
                  title={titleOf(of)}
                >
                  {glyph} {of.name}
                  {of.isHard && ', rollbacks too'}
                </span>
              )
            })}
          </div>
        ))}
        <div className="relative h-5">
          {deployments.map((each) => (
            <Dot key={each.id} deployment={each} span={span} />
          ))}
          {ahead.map(({ key, at, text, glyph }) => (
            <span
              key={key}
              className="text-ink absolute -translate-x-1/2 text-xs"
              style={{ left: `${share(at, span)}%` }}
              title={`${text}; ${instant(at)}`}
            >
              {glyph}
            </span>
          ))}
        </div>
      </div>
    </>
  )
}

/** A hard freeze blocks rollbacks too, which people have to know before they need one. */
const saysOf = ({ kind, isHard }: CalendarEntry): string =>
  isHard ? 'frozen, rollbacks too' : KIND[kind].says

function titleOf(entry: CalendarEntry): string {
  const { name, reason, startsAt, endsAt } = entry
  const why = reason === '' ? '' : `: ${reason}`
  return `${name}, ${saysOf(entry)}${why}; ${instant(startsAt)} to ${instant(endsAt)}`
}

const DOT = { good: '✓', bad: '✕', open: '◐', plain: '○' } as const
const INK = { good: 'text-good', bad: 'text-bad', open: 'text-open', plain: 'text-quiet' } as const

function Dot({ deployment, span }: { deployment: Deployment; span: Span }) {
  const { service, version, startedAt } = deployment
  const { text, tone } = stateInWords(deployment)
  return (
    <span
      className={`${INK[tone]} absolute -translate-x-1/2 text-xs`}
      style={{ left: `${share(startedAt, span)}%` }}
      title={`${service} ${version}: ${text}; ${instant(startedAt)}`}
    >
      {DOT[tone]}
    </span>
  )
}

interface Item {
  readonly key: string
  readonly at: number
  readonly endsAt: number | null
  readonly environment: string
  readonly what: React.ReactNode
}

function Entries({ lanes }: { lanes: readonly Lane[] }) {
  const items = lanes.flatMap(itemsOf).toSorted((a, b) => a.at - b.at)
  const isKnown = lanes.every(({ entries }) => entries !== undefined)
  const cut = lanes.filter(({ isCut }) => isCut).map(({ environment }) => environment)
  if (items.length === 0)
    return (
      <Quiet>
        {isKnown
          ? 'Nothing is on it: releases may move at any time, and none did.'
          : 'Not known yet.'}
      </Quiet>
    )
  return (
    <>
      <Table
        label="What is on the calendar"
        rows={items}
        keyOf={({ key }) => key}
        empty=""
        columns={[
          { heading: 'What', cell: ({ what }) => what },
          { heading: 'Where', cell: ({ environment }) => environment },
          { heading: 'From', cell: ({ at }) => <Instant at={at} /> },
          {
            heading: 'To',
            cell: ({ endsAt }) => (endsAt === null ? 'still going' : <Instant at={endsAt} />),
          },
        ]}
      />
      {cut.length > 0 && (
        <p className="text-quiet mt-2 text-xs">
          There is more in {cut.join(', ')}: show a day, or choose a service.
        </p>
      )}
    </>
  )
}

function itemsOf({ environment, entries = [], deployments, ahead }: Lane): Item[] {
  return [
    ...ahead.map(({ key, at, text, glyph, train, service }): Item => {
      const what = (
        <>
          <span aria-hidden="true">{glyph}</span>{' '}
          {train !== undefined ? (
            <Link to="/trains/$id" params={{ id: train }}>
              {text}
            </Link>
          ) : (
            <Link to="/services/$name" params={{ name: service ?? '' }}>
              {text}
            </Link>
          )}
        </>
      )
      return { key, at, endsAt: at, environment, what }
    }),
    ...entries.map((entry): Item => {
      const { kind, name, reason, startsAt, endsAt, by } = entry
      const who = by === '' ? '' : ` (${by})`
      const key = `${environment} ${kind} ${name} ${startsAt}`
      const text = `${saysOf(entry)}: ${name}${reason === '' ? '' : `, ${reason}`}${who}`
      const tone = entry.isHard ? 'bad' : kind === 'allow' ? 'good' : 'open'
      return {
        key,
        at: startsAt,
        endsAt,
        environment,
        what: <Says tone={tone} text={text} />,
      }
    }),
    ...deployments.map((each): Item => {
      const { id, service, version, startedAt, finishedAt } = each
      const what = (
        <>
          <Link to="/rollouts/$id" params={{ id }} className="underline">
            {service} {version}
          </Link>
          {each.kind === 'rollback' && ', rolled back to: counts as a drill,'}{' '}
          <State of={each.status} {...stateInWords(each)} />
        </>
      )
      return { key: id, at: startedAt, endsAt: finishedAt, environment, what }
    }),
  ]
}

/** The zone stands above. */
function Instant({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={instant(at)} className="whitespace-nowrap">
      {dayAndClock(at)}
    </time>
  )
}
