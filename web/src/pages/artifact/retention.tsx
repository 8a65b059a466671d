/** How long its bytes are kept: as long as anything refers to them, each reason said. */
import { useQuery } from '@tanstack/react-query'
import type { Artifact } from '../../api/artifacts.ts'
import { retentionQuery } from '../../api/queries.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'
import { When } from '../../kit/when.tsx'

export function Retention({ artifact }: { artifact: Artifact }) {
  const retention = useQuery(retentionQuery(artifact.digest))
  return (
    <Card title="Retention" id="retention" aside="kept as long as anything refers to it">
      {artifact.elsewhere !== null ? (
        <Says tone="plain" text="It lies elsewhere: how long is not for this server to say." />
      ) : artifact.pruned_at !== null ? (
        <p>
          Pruned <When at={artifact.pruned_at} />: nothing referred to it.
        </p>
      ) : (
        <Answer query={retention}>
          {({ artifacts: [kept] }) => <Reasons of={kept?.keptBecause ?? []} />}
        </Answer>
      )}
    </Card>
  )
}

function Reasons({ of }: { of: readonly { readonly reason: string; readonly by: string }[] }) {
  if (of.length === 0)
    return (
      <Says
        tone="open"
        text="Nothing refers to it: it may go. signalbox artifacts prune takes those away."
      />
    )
  return (
    <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2 lg:grid-cols-3">
      {/* The same is said once, however often it is so. */}
      {[...new Set(of.map(({ by }) => by))].map((by) => (
        <li key={by} className="min-w-0 break-words">
          <Says tone="good" text={by} />
        </li>
      ))}
    </ul>
  )
}
