/**
 * Deliveries that were refused, in sums by connection and reason, since this process started. They
 * are not put on record: whoever has no secret must not be able to fill it.
 */
export type HookRefusal = 'unsigned' | 'forged' | 'stale' | 'unreadable'

export interface Refused extends Readonly<Record<HookRefusal, number>> {
  readonly lastAt: number | null
}

const NONE: Refused = { unsigned: 0, forged: 0, stale: 0, unreadable: 0, lastAt: null }

export interface Refusals {
  count(connection: string, why: HookRefusal, at: number): void
  of(connection: string): Refused
}

/** Only names that an operator set up are counted, so there are few. */
export function refusals(): Refusals {
  const sums = new Map<string, Refused>()
  const of = (connection: string) => sums.get(connection) ?? NONE
  return {
    of,
    count(connection, why, at) {
      const sum = of(connection)
      sums.set(connection, { ...sum, [why]: sum[why] + 1, lastAt: at })
    },
  }
}
