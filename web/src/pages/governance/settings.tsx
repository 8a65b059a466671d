/** How this server is set up; what may hold a secret is only said to be set. */
import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '../../api/governing.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'

export function Settings() {
  const settings = useQuery(settingsQuery())
  return (
    <Card
      title="Settings"
      id="settings"
      aside={settings.data === undefined ? undefined : `Signalbox ${settings.data.version}`}
    >
      <p className="text-quiet mb-2 text-xs">
        Read from the environment when the server starts; docs/reference/configuration.md has all.
      </p>
      <Answer query={settings}>
        {(found) => (
          <Table
            label="Settings"
            rows={found.settings}
            keyOf={({ name }) => name}
            empty=""
            columns={[
              {
                heading: 'Setting',
                cell: ({ name }) => <code className="font-mono text-xs">{name}</code>,
              },
              {
                heading: 'Value',
                cell: ({ value, isHidden }) => {
                  if (value === null) return <span className="text-quiet">not set</span>
                  if (isHidden) return <State of="hidden" tone="plain" text="set, not shown" />
                  return <code className="font-mono text-xs break-all">{value}</code>
                },
              },
              {
                heading: 'What it does',
                cell: ({ help }) => <span className="text-xs">{help}</span>,
              },
            ]}
          />
        )}
      </Answer>
    </Card>
  )
}
