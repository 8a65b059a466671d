/** Releases do not arrive here: since when, and what keeps the oldest of them. */
import { Link } from '@tanstack/react-router'
import type { Stall } from '../api/rollouts.ts'
import { duration, instant } from '../format/text.ts'
import { useNow } from '../shell/now.ts'
import { Says } from './state.tsx'

export function Stalled({ stalled: { since, oldest, why } }: { stalled: Stall }) {
  const now = useNow()
  return (
    <div className="text-xs" title={`since ${instant(since)}`}>
      <Says tone="bad" text={`Stalled for ${duration(now - since)}: ${why.message}`} />
      <p className="text-quiet pl-[1.375rem]">
        <Link to="/releases/$id" params={{ id: oldest.release }} className="font-mono">
          {oldest.version}
        </Link>{' '}
        waits longest: {oldest.subject}
      </p>
    </div>
  )
}
