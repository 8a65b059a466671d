/** The five figures of one service over the last quarter, each against the target of its tier. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { doraQuery } from '../../api/queries.ts'
import { type FigureName, kpiInWords, KPIS } from '../../format/dora.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'

const NAMES = Object.keys(KPIS) as readonly FigureName[]

export function Figures({ service }: { service: string }) {
  const dora = useQuery(doraQuery({ service }))
  return (
    <Card
      title="Figures"
      id="figures"
      aside={
        <Link to="/insights" search={{ service }}>
          13 weeks, and more
        </Link>
      }
    >
      <Answer query={dora}>
        {(row) => (
          <dl className="divide-line divide-y">
            {NAMES.map((name) => {
              const { value, more, tone, target, of } = kpiInWords(name, row)
              return (
                <div
                  key={name}
                  title={KPIS[name].says}
                  className="grid grid-cols-[1fr_auto] gap-x-4 py-1.5 first:pt-0 last:pb-0"
                >
                  <dt>{KPIS[name].title}</dt>
                  <dd className="font-medium">
                    {tone === 'plain' ? value : <State of="figure" text={value} tone={tone} />}
                  </dd>
                  <dd className="text-quiet col-span-2 text-xs">
                    {[more, target, of].filter((part) => part !== '').join(' · ')}
                  </dd>
                </div>
              )
            })}
          </dl>
        )}
      </Answer>
    </Card>
  )
}
