/** The release plan or train that keeps a slot for itself while it moves it. */
import { Link } from '@tanstack/react-router'
import type { Hold } from '../api/rollouts.ts'
import { State } from './state.tsx'

export function MovesWith({ with: { kind, id } }: { with: NonNullable<Hold['movesWith']> }) {
  const state = <State of="running" text={`moves with the ${kind} ${id}`} />
  if (kind === 'plan')
    return (
      <Link to="/plans/$id" params={{ id }}>
        {state}
      </Link>
    )
  return (
    <Link to="/trains/$id" params={{ id }}>
      {state}
    </Link>
  )
}
