/** Why the latest release may or may not enter an environment, and asking that it does. */
import { useQuery } from '@tanstack/react-query'
import { ToggleGroup } from 'radix-ui'
import { useState } from 'react'
import { explainQuery } from '../../api/queries.ts'
import type { Explanation } from '../../api/rollouts.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { VerdictBox } from '../../kit/reasons.tsx'

const TAB =
  'text-quiet rounded px-3 py-1 text-xs font-medium ' +
  'data-[state=on]:bg-page data-[state=on]:text-ink'

export function Explain({ service, path }: { service: string; path: readonly string[] }) {
  // The last one is where it hurts, and what people ask about.
  const [environment, setEnvironment] = useState(path.at(-1) ?? '')
  const answer = useQuery(explainQuery(service, environment))
  const version = answer.data === undefined ? 'the latest release' : answer.data.version
  return (
    <Card title={`Where may ${version} go?`}>
      <ToggleGroup.Root
        type="single"
        aria-label="Environment"
        value={environment}
        onValueChange={(to) => to !== '' && setEnvironment(to)}
        className="border-line mb-3 inline-flex rounded-md border p-0.5"
      >
        {path.map((name) => (
          <ToggleGroup.Item key={name} value={name} className={TAB}>
            {name}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      <Answer query={answer}>
        {(row) => (
          <>
            <VerdictBox verdict={row.verdict} />
            <Promote service={service} environment={environment} answer={row} />
          </>
        )}
      </Answer>
    </Card>
  )
}

interface Where {
  readonly service: string
  readonly environment: string
  readonly answer: Explanation
}

function Promote({
  service,
  environment,
  answer: { promotion, release, version, verdict },
}: Where) {
  if (promotion !== null) return <p className="text-quiet mt-3 text-xs">A promotion waits.</p>
  const isThere = verdict.reasons.some(({ code }) => code === 'release.again')
  if (isThere || verdict.verdict === 'deny') return null
  return (
    <div className="mt-3">
      <Do
        name={`Promote ${version}`}
        title={`Promote ${service} ${version} to ${environment}?`}
        action="Ask for it"
        role="developer"
        path="/promotions"
        body={() => ({ service, environment, release })}
        reason="none"
      >
        <p>It goes by itself as soon as everything it waits for is there.</p>
      </Do>
    </div>
  )
}
