/** How long ago, and on pointing at it, the instant. */
import { ago, instant } from '../format/text.ts'
import { useNow } from '../shell/now.ts'

export function When({ at }: { at: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={instant(at)} className="whitespace-nowrap">
      {ago(at, now)}
    </time>
  )
}
