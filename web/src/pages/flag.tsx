/** One flag: what it can be, who gets what of it where, what waits and why, and what it went through. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { FlagDetail } from '../api/flags.ts'
import { environmentsQuery, flagQuery, serviceQuery, servicesQuery } from '../api/queries.ts'
import { changeInWords, rulesInWords } from '../format/flag.ts'
import { inOrder } from '../format/environments.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Fact, Facts } from '../kit/facts.tsx'
import { State } from '../kit/state.tsx'
import { Table } from '../kit/table.tsx'
import { When } from '../kit/when.tsx'
import { useTitle } from '../shell/title.ts'
import { Place } from './flag/place.tsx'

export function FlagPage() {
  const { name } = useParams({ from: '/flags/$name' })
  useTitle(name)
  const flag = useQuery(flagQuery(name))
  return (
    <Answer query={flag} heading={name}>
      {(row) => <OneFlag flag={row} />}
    </Answer>
  )
}

function OneFlag({ flag }: { flag: FlagDetail }) {
  return (
    <div className="space-y-4">
      <header>
        <p className="text-quiet text-xs">
          <Link to="/services/$name" params={{ name: flag.service }}>
            {flag.service}
          </Link>{' '}
          · Flag
        </p>
        <h1 className="font-mono">{flag.flag}</h1>
        <p>{flag.description}</p>
      </header>
      <div className="beside">
        <div className="space-y-4">
          {useEnvironmentsOf(flag).map((environment) => (
            <Place key={environment} flag={flag} environment={environment} />
          ))}
        </div>
        <div className="space-y-4">
          <Variants flag={flag} />
          <Who />
        </div>
      </div>
      <Changes flag={flag} />
    </div>
  )
}

/** Where its service goes, and wherever else it was ever changed. */
function useEnvironmentsOf({ service, environments: places }: FlagDetail): readonly string[] {
  const known = useQuery(environmentsQuery())
  const services = useQuery(servicesQuery())
  const { data } = useQuery(serviceQuery(service))
  const used = new Set([...(data?.path ?? []), ...places.map(({ environment }) => environment)])
  const all = inOrder(known.data ?? [], services.data ?? []).filter((name) => used.has(name))
  return [...all, ...[...used].filter((name) => !all.includes(name))]
}

function Variants({ flag }: { flag: FlagDetail }) {
  return (
    <Card title="Variants">
      <Facts>
        {Object.entries(flag.variants).map(([variant, value]) => (
          <Fact key={variant} name={variant === flag.default ? `${variant}, the default` : variant}>
            <code className="font-mono text-xs break-all">{JSON.stringify(value)}</code>
          </Fact>
        ))}
      </Facts>
    </Card>
  )
}

function Who() {
  return (
    <Card title="Who may change it">
      <ul className="space-y-1">
        <li className="item">A developer asks for a change; it goes when nothing keeps it.</li>
        <li className="item">
          An approver says yes where the tier asks for that, not to their own.
        </li>
        <li className="item">
          An operator kills it: at once, past freezes, windows and approvals.
        </li>
      </ul>
    </Card>
  )
}

function Changes({ flag: { changes, default: rest } }: { flag: FlagDetail }) {
  return (
    <Card title="History" id="history" aside={changes.length > 0 && `the last ${changes.length}`}>
      <Table
        label="Changes of this flag"
        rows={changes}
        keyOf={({ id }) => id}
        empty="It was never changed."
        columns={[
          { heading: 'Asked', cell: ({ plannedAt }) => <When at={plannedAt} /> },
          { heading: 'Environment', cell: ({ environment }) => environment },
          {
            heading: 'What',
            cell: ({ rules }) => (rules === null ? `all get ${rest}` : rulesInWords(rules, rest)),
          },
          {
            heading: 'Outcome',
            cell: ({ outcome }) => <State of={outcome} {...changeInWords(outcome)} />,
          },
          { heading: 'By', cell: ({ by }) => by },
          {
            heading: 'Reason',
            cell: ({ reason }) => <span className="break-words">{reason}</span>,
          },
        ]}
      />
    </Card>
  )
}
