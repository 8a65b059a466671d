/** What auditors' frameworks want of changes, and how far it is met. */
import { useQuery } from '@tanstack/react-query'
import { controlsQuery } from '../../api/queries.ts'
import { metInWords } from '../../format/governance.ts'
import { percentOf } from '../../format/percent.ts'
import { words } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

export function Controls() {
  const controls = useQuery(controlsQuery())
  return (
    <Card title="Controls" id="controls" aside="as good as the weakest of what each needs">
      <Answer query={controls}>
        {({ controls: rows, needs }) => (
          <div className="space-y-4">
            <Table
              label="Controls"
              rows={rows}
              keyOf={({ framework, control }) => `${framework} ${control}`}
              empty="None."
              columns={[
                { heading: 'Framework', cell: ({ frameworkName }) => frameworkName },
                {
                  heading: 'Control',
                  cell: ({ control }) => <span className="font-medium">{control}</span>,
                },
                {
                  heading: 'Met',
                  cell: ({ value }) => <State of="control" {...metInWords(value)} />,
                },
                { heading: 'Needs', cell: ({ needs: wanted }) => wanted.join(', ') },
                { heading: 'Gaps', numeric: true, cell: ({ gaps }) => gaps },
              ]}
            />
            <Table
              label="What they need"
              rows={needs}
              keyOf={({ need }) => need}
              empty="Nothing."
              columns={[
                {
                  heading: 'Need',
                  cell: ({ need }) => <span className="font-medium">{need}</span>,
                },
                { heading: 'Wants', cell: ({ wants }) => wants },
                {
                  heading: 'Met',
                  cell: ({ value, reason, covered, n }) =>
                    value === null ? (
                      <State of="need" tone="plain" text={words(reason ?? 'not known')} />
                    ) : (
                      <State
                        of="need"
                        tone={metInWords(value).tone}
                        text={`${percentOf(value)}, ${covered} of ${n}`}
                      />
                    ),
                },
                { heading: 'Answered by', cell: ({ source }) => source },
              ]}
            />
          </div>
        )}
      </Answer>
    </Card>
  )
}
