/** Lists of facts by what they are most often asked for. */

export interface Slotted {
  readonly service: string
  readonly environment: string
  readonly tier: number | null
}
interface Of {
  readonly service?: string | undefined
  /** Null: of those whose tier nobody told. */
  readonly tier?: number | null | undefined
}
type Split = ReadonlyMap<string | number | null, readonly unknown[]>
/** By service and by tier, for as long as anybody keeps the list. */
const splits = { service: new WeakMap<object, Split>(), tier: new WeakMap<object, Split>() }

/** Lists are asked for by the same few names again and again: they are split once. */
export function split<T extends Slotted>(all: readonly T[], { service, tier }: Of): readonly T[] {
  const by = service === undefined ? 'tier' : 'service'
  const known = splits[by].get(all) ?? Map.groupBy(all, (one) => one[by])
  splits[by].set(all, known)
  return (known.get(service ?? tier ?? null) ?? []) as readonly T[]
}
