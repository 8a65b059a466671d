/** The paved road: who is on which number, who has drifted, and what is proposed to whom. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { adoptionQuery, newerNumbersQuery } from '../api/queries.ts'
import type { Adoption, Drift } from '../api/templates.ts'
import { Answer } from '../kit/answer.tsx'
import { Card, Quiet } from '../kit/card.tsx'
import { State } from '../kit/state.tsx'
import { type Column, Table } from '../kit/table.tsx'
import { useTitle } from '../shell/title.ts'
import { Newer } from './templates/newer.tsx'

const name = (service: string) => (
  <Link to="/services/$name" params={{ name: service }} className="font-medium">
    {service}
  </Link>
)

const DRIFT: readonly Column<Drift>[] = [
  { heading: 'Service', cell: ({ service }) => name(service) },
  { heading: 'Owner', cell: ({ owner }) => owner },
  { heading: 'On', cell: ({ template }) => template },
  { heading: 'Newest', cell: ({ newest }) => newest },
  { heading: 'Behind', cell: ({ behind }) => behind, numeric: true },
  {
    heading: 'Why',
    cell: ({ isPinnedBack }) =>
      isPinnedBack ? (
        <State of="pinned back" text="its manifest put it back" tone="bad" />
      ) : (
        <State of="behind" text="has not followed yet" tone="open" />
      ),
  },
]

export function TemplatesPage() {
  useTitle('Templates')
  const adoption = useQuery(adoptionQuery())
  const newer = useQuery(newerNumbersQuery())
  return (
    <div className="space-y-4">
      <header>
        <p className="text-quiet text-xs">
          <Link to="/services">Services</Link> · The paved road
        </p>
        <h1>Templates</h1>
      </header>
      <Answer query={adoption}>{(found) => <Adopted found={found} />}</Answer>
      <Card title="Newer numbers" aside="the most critical services first">
        <Answer query={newer}>
          {(all) =>
            all.length === 0 ? (
              <Quiet>Everybody is on the newest number of their template.</Quiet>
            ) : (
              <ul className="divide-line divide-y">
                {all.map((one) => (
                  <Newer key={`${one.from} ${one.to}`} one={one} />
                ))}
              </ul>
            )
          }
        </Answer>
      </Card>
    </div>
  )
}

function Adopted({ found }: { found: Adoption }) {
  const rows = found.templates.flatMap(({ name: template, versions }) =>
    versions.map((version) => ({ template, ...version })),
  )
  const share = Math.round(found.share * 100)
  return (
    <>
      <Card
        title="Adoption"
        aside={`${found.onRoad} of ${found.services} services on the paved road, ${share} %`}
      >
        <Table
          label="Versions"
          rows={rows}
          columns={[
            { heading: 'Template', cell: ({ template, version }) => `${template}@${version}` },
            { heading: 'Behind', cell: ({ behind }) => behind, numeric: true },
            { heading: 'Services', cell: ({ services }) => services.length, numeric: true },
            { heading: 'Who', cell: ({ services }) => services.join(', ') },
          ]}
          keyOf={({ template, version }) => `${template}@${version}`}
          empty="Nobody is on a template: signalbox init puts a service on one."
        />
        {found.ownWay.length > 0 && (
          <p className="text-quiet">With a pipeline of their own: {found.ownWay.join(', ')}.</p>
        )}
        {found.lost.map(({ service, template }) => (
          <p key={service} role="alert" className="text-bad">
            ✕ {service} is pinned to {template}, which is not served any more.
          </p>
        ))}
      </Card>
      <Card title="Drift" aside="not on the newest number">
        <Table
          label="Drift"
          rows={found.drift}
          columns={DRIFT}
          keyOf={({ service }) => service}
          empty="Nobody has drifted."
        />
      </Card>
    </>
  )
}
