/** Along the path of a service: where a place does not have what the place before it has. */
import type { Slot } from '../api/rollouts.ts'

type Of = Pick<Slot, 'environment' | 'deployed'>

/** By environment: the place before it, and what is there instead. */
export function driftAlong(
  path: readonly string[],
  slots: readonly Of[],
): ReadonlyMap<string, { readonly before: string; readonly version: string }> {
  const held = new Map(slots.map(({ environment, deployed }) => [environment, deployed]))
  const found = new Map<string, { before: string; version: string }>()
  for (const [nth, environment] of path.entries()) {
    const before = path[nth - 1]
    if (before === undefined) continue
    const [there, here] = [held.get(before), held.get(environment)]
    // Where nothing was put yet, it is not behind: it has not begun.
    if (there == null || here == null || there.release === here.release) continue
    found.set(environment, { before, version: there.version })
  }
  return found
}
