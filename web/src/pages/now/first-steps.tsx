/** What to do on an empty server, in its order. */
import { Card } from '../../kit/card.tsx'

const STEPS = [
  ['Declare where services run', 'signalbox apply -f environments.yaml'],
  ['Declare a service', 'signalbox apply -f signalbox.yaml'],
  ['Say that something was pushed', 'signalbox push <repository>'],
] as const

export function FirstSteps() {
  return (
    <Card title="Nothing here yet">
      <ol className="list-inside list-decimal space-y-1.5">
        {STEPS.map(([what, how]) => (
          <li key={how}>
            {what}: <Command text={how} />
          </li>
        ))}
      </ol>
      <p className="text-quiet mt-3">
        Or watch a made-up shop being released, good and bad: <Command text="signalbox demo" />
      </p>
    </Card>
  )
}

function Command({ text }: { text: string }) {
  return <code className="bg-page text-ink rounded px-1.5 py-0.5 font-mono text-xs">{text}</code>
}
