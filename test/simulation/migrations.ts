/** What releases do to the data: most nothing, some take away what older ones may need. */
import { schemaFacts } from '#releases/compatibility/facts.ts'
import type { Dice } from './dice.ts'

const SQL = {
  none: undefined,
  adds: 'alter table orders add column note text',
  drops: 'alter table orders drop column note',
  loses: 'drop table orders',
} as const
const WEIGHTS = { none: 4, adds: 2, drops: 3, loses: 1 } as const
/** The others leave it to chance whether older ones work beside them. */
const SAYS_SO = 0.7

export function migrationOf(dice: Dice, version: string) {
  const text = SQL[dice.weighted(WEIGHTS)]
  const saysSo = dice.chance(SAYS_SO)
  const compatibility = { reads: { orders: '>=1' }, writes: { orders: '1' } }
  const change = { path: `db/${version}.sql`, change: 'new', text: text ?? '' } as const
  return {
    ...(text !== undefined && { schema: schemaFacts([change], 'postgresql') }),
    ...(saysSo && { compatibility }),
  }
}
