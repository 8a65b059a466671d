/** The same calendar where people plan their week. */
import { Card } from '../../kit/card.tsx'

export function Subscribe({
  service,
  environment,
}: {
  service: string | undefined
  environment: string | undefined
}) {
  const about = new URLSearchParams({
    ...(service !== undefined && { service }),
    ...(environment !== undefined && { environment }),
  }).toString()
  const path = `/api/v1/calendar.ics${about === '' ? '' : `?${about}`}`
  return (
    <Card title="In your own calendar">
      <p>
        <a href={path} download="releases.ics">
          Download it
        </a>
        , or let your calendar fetch{' '}
        <code className="font-mono text-xs break-all">{`${location.origin}${path}`}</code> with a
        token in its header: <code className="font-mono text-xs">Authorization: Bearer …</code>
      </p>
      <p className="text-quiet mt-1 text-xs">
        To change it: signalbox apply -f windows.yaml, signalbox freeze declare, signalbox calendar
        import.
      </p>
    </Card>
  )
}
