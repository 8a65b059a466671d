/** An instant that is still to come, or was just passed: how long until then, and when that is. */
import { ago, dayAndClock, instant } from '../../format/text.ts'
import { useNow } from '../../shell/now.ts'

export function Ahead({ at }: { at: number | null }) {
  const now = useNow()
  if (at === null) return <span className="text-quiet">none in sight</span>
  return (
    <time dateTime={new Date(at).toISOString()} title={instant(at)} className="whitespace-nowrap">
      {dayAndClock(at)} <span className="text-quiet text-xs">{ago(at, now)}</span>
    </time>
  )
}
