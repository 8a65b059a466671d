/** The same calendar where people plan their week. */
import { useState } from 'react'
import { Button } from '../../kit/button.tsx'
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
  const [isCopied, setCopied] = useState(false)
  const copy = () =>
    navigator.clipboard.writeText(`${location.origin}${path}`).then(() => setCopied(true))
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
      <Button className="mt-2 text-xs" onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy its address'}
      </Button>
      <p className="text-quiet mt-1 text-xs">
        Windows are changed by signalbox apply -f windows.yaml; holidays come in by signalbox
        calendar import.
      </p>
    </Card>
  )
}
