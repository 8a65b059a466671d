/** The smallest thing with a history, for figures about the engine itself. */
import type { Decider } from '#kernel/decider.ts'
import { defineView } from '#engine/views.ts'

type Command = { readonly type: 'count.add'; readonly at: number; readonly by: string }
export type Counted = { readonly type: 'count.added'; readonly at: number; readonly by: string }

const decider: Decider<number, Command, Counted> = {
  initial: 0,
  decide: ({ at, by }) => [{ type: 'count.added', at, by }],
  evolve: (sum) => sum + 1,
}
export const counts = { kind: 'count', decider } as const
export const add = (): Command => ({ type: 'count.add', at: Date.now(), by: 'bench' })

export const sums = defineView<{ id: string; sum: number }, Counted>({
  name: 'sums',
  version: 1,
  reads: ['count'],
  columns: { id: 'text', sum: 'integer' },
  key: ['id'],
  rows: ({ id }) => [[id]],
  fold: (row, { id }) => ({ id, sum: (row?.sum ?? 0) + 1 }),
})
