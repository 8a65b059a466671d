/** How a slot stands beyond its version: how far behind, and whether it could go back. */
import { useQuery } from '@tanstack/react-query'
import { releasesQuery, wayBackQuery } from '../../api/queries.ts'
import type { Slot } from '../../api/rollouts.ts'
import { behindInWords } from '../../format/behind.ts'
import { Says } from '../../kit/state.tsx'

const BACK = {
  fast: { tone: 'good', how: 'at once' },
  forward: { tone: 'open', how: 'as a promotion' },
} as const

export function Standing({ slot }: { slot: Slot }) {
  const { deployed, service, environment } = slot
  const releases = useQuery(releasesQuery(service))
  if (deployed === null) return null
  const behind = behindInWords(deployed.release, releases.data ?? [], environment)
  return (
    <div className="text-xs">
      {behind !== undefined && <Says {...behind} />}
      <Back slot={slot} />
    </div>
  )
}

/** Asked of the server as a rollback would be; nothing is done by asking. */
function Back({ slot: { service, environment } }: { slot: Slot }) {
  const way = useQuery(wayBackQuery(environment, service))
  if (way.error !== null) return <Says tone="bad" text={`No way back: ${way.error.message}`} />
  if (way.data === undefined) return null
  const { path, to, caution } = way.data
  const { tone, how } = BACK[path]
  return (
    <>
      <Says tone={tone} text={`can go back to ${to.version} ${how}`} />
      {caution !== null && <Says tone="bad" text={caution} />}
    </>
  )
}
