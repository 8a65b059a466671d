/** What a person names who answers for what nobody can undo, as the server reads it. */
import type { NoReturn, Verdict } from '../../api/rollouts.ts'

/** The files the steps are in, and where there is none the release. */
export function namesOf({ steps }: NoReturn): readonly string[] {
  return [...new Set(steps.map(({ path, version }) => (path === '' ? version : path)))]
}

/** Undefined: nothing of it waits for that word. */
export function waitsForWord({ reasons }: Verdict): boolean {
  return reasons.some(
    ({ code, state }) => code === 'schema.point-of-no-return' && state === 'waiting',
  )
}
