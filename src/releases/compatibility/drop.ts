/** DROP: what older releases use is gone; where it held rows, they are gone with it. */
import {
  additive,
  contract,
  irreversible,
  type Judgement,
  NOT_UNDERSTOOD,
  type Surroundings,
  unknown,
} from './judgement.ts'
import { REMARKS } from './remarks.ts'
import { shownName, type Words } from './words.ts'

/** No rows are lost with these, but an older release may call or name them. */
const USED = [
  ...['materialized view', 'view', 'function', 'procedure', 'routine', 'trigger', 'type'],
  ...['domain', 'sequence', 'policy', 'rule', 'extension', 'aggregate', 'operator', 'role', 'user'],
  ...['collation', 'cast', 'event', 'server', 'publication', 'subscription', 'foreign table'],
]

export function classifyDrop(words: Words, { dialect, made }: Surroundings): Judgement {
  words.take('temporary')
  if (words.take('table')) return dropTables(words, made)
  if (words.takeOne('schema', 'database', 'owned by', 'tablespace') !== undefined)
    return irreversible('Everything in it is lost.')
  if (words.take('index')) {
    const isQuiet = dialect === 'mysql' || words.take('concurrently')
    return unknown(
      'Whether an older release relies on the index, as ON CONFLICT does, cannot be seen here.',
      ...(isQuiet ? [] : [REMARKS.dropIndexBlocks]),
    )
  }
  const what = words.takeOne(...USED)
  if (what === undefined) return unknown(NOT_UNDERSTOOD)
  if (OF_COLUMNS.has(what) && words.flat().includes('cascade'))
    return irreversible(`Columns of the ${what} are lost with it.`)
  return contract(`An older release may use the ${what}.`)
}

/** CASCADE takes the columns that are of it. */
const OF_COLUMNS = new Set(['type', 'domain', 'extension'])

function dropTables(words: Words, made: Set<string>): Judgement {
  words.take('if exists')
  const names = words.list().map((each) => each.name())
  const lost = names.find((name) => name === undefined || !made.has(name))
  if (names.every((name) => name !== undefined && made.has(name))) {
    for (const name of names) if (name !== undefined) made.delete(name)
    return additive('It was made by this very release.')
  }
  return irreversible(`The rows of ${shownName(lost)} are lost.`)
}
