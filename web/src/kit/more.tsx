/** Says that a list was cut, and shows more of it. */
import { Button } from './button.tsx'

/** What the server gives at most. */
export const LIMIT_MAX = 500
export const LIMIT = 50

export function More({
  shown,
  limit,
  onMore,
}: {
  /** As many as came. */
  shown: number
  limit: number
  onMore: (limit: number) => void
}) {
  if (shown < limit) return null
  if (limit >= LIMIT_MAX)
    return (
      <p className="text-quiet mt-3 text-xs">
        The newest {LIMIT_MAX}: narrow it to see older ones.
      </p>
    )
  return (
    <Button className="mt-3" onClick={() => onMore(Math.min(limit * 4, LIMIT_MAX))}>
      Show more
    </Button>
  )
}
