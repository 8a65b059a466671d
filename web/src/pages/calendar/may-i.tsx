/** Whether a service may move now, with every rule that was asked and what it said. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { SlotStanding, TraceLine } from '../../api/calendar.ts'
import { explainQuery, slotStandingQuery } from '../../api/queries.ts'
import { GO_IN_WORDS, goOf } from '../../format/go-no-go.ts'
import { closureInWords } from '../../format/standing.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'
import { COLOUR, Says, State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'

export function MayI({
  services,
  environments,
  service,
  environment: wanted,
  onChange,
}: {
  services: readonly string[]
  environments: readonly string[]
  service: string | undefined
  environment: string | undefined
  onChange: (change: { service?: string; env?: string }) => void
}) {
  const environment = wanted ?? environments.at(-1)
  return (
    <Card title="May I deploy now?">
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <ChoiceFilter
          label="Service"
          value={service}
          all={services}
          none="choose one"
          onChange={(value) => onChange({ service: value })}
        />
        <ChoiceFilter
          label="Environment"
          value={environment}
          all={environments}
          none="choose one"
          onChange={(value) => onChange({ env: value })}
        />
      </div>
      {service === undefined || environment === undefined ? (
        <Quiet>Choose a service, and every rule that covers it is shown with what it says.</Quiet>
      ) : (
        <Asked service={service} environment={environment} />
      )}
    </Card>
  )
}

function Asked({ service, environment }: { service: string; environment: string }) {
  const standing = useQuery(slotStandingQuery(service, environment))
  return (
    <Answer query={standing}>
      {(row) => (
        <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
          <div className="space-y-2">
            <Verdict standing={row} />
            <Newest service={service} environment={environment} />
          </div>
          <Trace lines={row.trace} />
        </div>
      )}
    </Answer>
  )
}

function Verdict({ standing }: { standing: SlotStanding }) {
  const { service, environment, isOpen, closures, nextOpen, nextClose } = standing
  return (
    <>
      <p role="status" className="text-base font-semibold">
        <State
          of={isOpen ? 'allow' : 'wait'}
          text={`${environment} is ${isOpen ? 'open' : 'closed'} for ${service}`}
        />
      </p>
      <ul>
        {closures.map((closure) => (
          <li key={`${closure.kind} ${closure.name}`}>
            <Says tone="open" text={closureInWords(closure)} />
          </li>
        ))}
      </ul>
      <p>
        {isOpen ? (
          <Next what="Closes" at={nextClose} never="Nothing in sight closes it." />
        ) : (
          <Next what="Opens" at={nextOpen} never="No opening is in sight." />
        )}
      </p>
      {!isOpen && (
        <p className="text-quiet text-xs">
          A rollback and an abort never wait for the calendar. What is under way goes on to its next
          resting point.
        </p>
      )}
    </>
  )
}

function Next({ what, at, never }: { what: string; at: number | null; never: string }) {
  const now = useNow()
  if (at === null) return <>{never}</>
  return (
    <>
      {what} {ago(at, now)}, at {instant(at)}.
    </>
  )
}

/** The calendar is one of many things that are asked; the rest has its own page. */
function Newest({ service, environment }: { service: string; environment: string }) {
  const { data, error } = useQuery(explainQuery(service, environment))
  if (data === undefined)
    return <p className="text-quiet text-xs">{error === null ? 'Asking …' : error.message}</p>
  const go = goOf(data)
  return (
    <p>
      All in all, for its newest release{' '}
      <Link
        to="/releases/$id"
        params={{ id: data.release }}
        search={{ env: environment }}
        className="font-mono"
      >
        {data.version}
      </Link>
      : <State of={go} {...GO_IN_WORDS[go]} />
    </p>
  )
}

/** A rule that stands and closes is open work; one that stands and allows is good. */
const MARK = {
  freeze: { glyph: '❄', tone: 'open' },
  deny: { glyph: '⊘', tone: 'open' },
  allow: { glyph: '✓', tone: 'good' },
  rule: { glyph: '§', tone: 'plain' },
} as const

function Trace({ lines }: { lines: readonly TraceLine[] }) {
  return (
    <ol aria-label="Rules that were asked" className="space-y-1.5">
      {lines.map(({ kind, name, isActive, until, message }) => {
        const { glyph, tone } = isActive ? MARK[kind] : { glyph: '○', tone: 'plain' as const }
        return (
          <li key={`${kind} ${name} ${message}`} className="grid grid-cols-[1.25rem_1fr] gap-x-1">
            <span aria-hidden="true" className={COLOUR[tone]}>
              {glyph}
            </span>
            <span>
              {message}
              {kind !== 'rule' && (
                <span className="text-quiet block text-xs">
                  {kind === 'freeze' ? 'freeze' : 'window'} {name}
                  {isActive ? ', stands now' : ', does not stand now'}
                  {until !== null && `, ${isActive ? 'until' : 'next at'} ${instant(until)}`}
                </span>
              )}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
