/** Whether the page hears of changes, and for how long it has heard of nothing. */
import { ago, instant } from '../format/text.ts'
import { useLive } from './live-context.tsx'
import { useNow } from './now.ts'

/** The server beats every fifteen seconds; who misses three is not heard any more. */
const SILENT_MS = 50_000
/** A line that is cut for a moment is nobody's business. */
const GRACE_MS = 5_000

function useSilence() {
  const { connected, heardAt } = useLive()
  const now = useNow()
  const forMs = Math.max(0, now - heardAt)
  return { isLive: connected && forMs < SILENT_MS, heardAt, forMs, now }
}

export function Connection() {
  const { isLive, heardAt, now } = useSilence()
  return (
    <span title={`last heard at ${instant(heardAt)}`} className="whitespace-nowrap">
      <span className={isLive ? 'text-good' : 'text-open'}>
        <span aria-hidden="true">{isLive ? '●' : '○'}</span> {isLive ? 'live' : 'reconnecting'}
      </span>
      {' · '}
      {ago(Math.min(heardAt, now), now)}
    </span>
  )
}

/** Over every page: what is shown may not be so any more. */
export function Stale() {
  const { isLive, heardAt, forMs } = useSilence()
  if (isLive || forMs < GRACE_MS) return null
  return (
    <p role="status" className="border-line text-open border-t px-5 py-1.5 text-xs font-medium">
      <span aria-hidden="true">◐</span> Not live since{' '}
      <time dateTime={new Date(heardAt).toISOString()}>{instant(heardAt)}</time>: what you see may
      be as old. It is asked again by itself.
    </p>
  )
}
