/** Environments that a release passed by: each is a gap in what is known of it. */
import type { Skip } from '../api/rollouts.ts'
import { Says } from './state.tsx'

export function Gaps({ of }: { of: readonly Skip[] }) {
  if (of.length === 0) return null
  return (
    <ul className="text-xs">
      {of.map(({ environment, reason }) => (
        <li key={environment} title={`Passed by ${environment}: ${reason}`}>
          <Says tone="open" text={`passed by ${environment}: ${reason}`} />
        </li>
      ))}
    </ul>
  )
}
