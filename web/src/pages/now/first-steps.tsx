/** What to do on an empty server, in its order. */
import { Card } from '../../kit/card.tsx'

const STEPS = [
  ['Write down a service and its environments', 'signalbox init'],
  ['Tell the server', 'signalbox apply -f signalbox.yaml'],
  ['Push a commit', 'git push'],
  ['Watch it travel', 'signalbox run list'],
] as const

export function FirstSteps() {
  return (
    <Card title="Nothing here yet">
      <ol className="list-inside list-decimal space-y-1.5">
        {STEPS.map(([what, how]) => (
          <li key={what}>
            {what}: <code className="bg-page rounded px-1.5 py-0.5 font-mono text-xs">{how}</code>
          </li>
        ))}
      </ol>
    </Card>
  )
}
