/** What a scan found in it; a scan that nobody made is missing, not clean. */
import type { Inspection } from '../../api/artifacts.ts'
import type { Tone } from '../../format/deployment.ts'
import { Says, State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'

const TONES: Readonly<Record<string, Tone>> = { critical: 'bad', high: 'bad', medium: 'open' }

export function Findings({ scan }: { scan: Inspection['scan'] }) {
  if (scan === null)
    return (
      <>
        <Says tone="bad" text="The scan is missing: nobody knows what is wrong with its parts." />
        <p className="text-quiet pl-[1.375rem] text-xs">
          Scan it, and say what was found: signalbox artifacts scanned &lt;digest&gt; report.json
        </p>
      </>
    )
  const { scanner, at, found, findings } = scan
  return (
    <div className="space-y-2">
      <p className="text-quiet">
        by {scanner}, <When at={at} />
      </p>
      {found === 0 ? (
        <Says tone="good" text="It found nothing." />
      ) : (
        <div className="max-h-80 overflow-auto">
          <Table
            label="Findings"
            rows={findings}
            keyOf={({ id }) => id}
            empty=""
            columns={[
              {
                heading: 'Finding',
                cell: ({ id }) => <code className="font-mono text-xs">{id}</code>,
              },
              {
                heading: 'Severity',
                cell: ({ severity }) => (
                  <State
                    of="finding"
                    text={severity || 'not rated'}
                    tone={TONES[severity] ?? 'plain'}
                  />
                ),
              },
            ]}
          />
        </div>
      )}
    </div>
  )
}
