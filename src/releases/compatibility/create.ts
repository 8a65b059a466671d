/** CREATE: what is new takes nothing away; what replaces, or binds older releases, does. */
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

/** Words that may stand between CREATE and what is created. */
const BETWEEN = new Set([
  ...['global', 'local', 'temp', 'temporary', 'unlogged', 'unique', 'fulltext', 'spatial'],
  ...['recursive', 'materialized', 'foreign', 'constraint', 'event', 'default', 'algorithm', '='],
  ...['undefined', 'merge', 'temptable', 'definer', 'sql', 'security', 'invoker', 'trusted'],
  ...['procedural', 'aggregate', '@', ''],
])
/** `CREATE ALGORITHM = … DEFINER = 'a'@'b' SQL SECURITY … VIEW`, and some air. */
const BETWEEN_MAX = 16

/** New names that nothing older refers to. */
const PLAIN = new Set([
  ...['schema', 'type', 'domain', 'sequence', 'extension', 'view', 'function', 'procedure'],
  ...['database', 'statistics', 'collation', 'role', 'user', 'group', 'aggregate', 'table'],
])

export function classifyCreate(words: Words, around: Surroundings): Judgement {
  const isReplacing = words.take('or replace')
  const between = new Set<string>()
  for (let i = 0; i < BETWEEN_MAX && !words.isAtEnd && !isThing(words); i++) {
    // `definer = root @ localhost`: names of accounts stand there too.
    if (!BETWEEN.has(words.peek()) && !between.has('definer')) return unknown(NOT_UNDERSTOOD)
    between.add(words.peek())
    words.skip()
  }
  const what = words.peek()
  words.skip()
  if (isReplacing)
    return what === 'table'
      ? irreversible('The table that was there goes, with its rows.')
      : contract(`Older releases meet another ${shownName(what)} than they were made for.`)
  if (what === 'index') return createIndex(words, between, around)
  if (what === 'table') return createTable(words, between, around)
  if (what === 'policy') return contract('Older releases may see and write fewer rows.')
  if (PLAIN.has(what) && !between.has('event')) return additive(`A new ${what} is in nobody's way.`)
  return unknown(`What a new ${shownName(what)} does to older releases is not understood here.`)
}

const isThing = (words: Words) => THINGS.has(words.peek())
const THINGS = new Set([...PLAIN, 'index', 'policy', 'trigger', 'rule', 'server', 'publication'])

function createTable(
  words: Words,
  between: ReadonlySet<string>,
  { made, passing }: Surroundings,
): Judgement {
  // One that may be there already is not known to be new.
  const isSure = !words.take('if not exists')
  const name = words.name()
  if (name === undefined) return unknown(NOT_UNDERSTOOD)
  const isPassing = between.has('temporary') || between.has('temp')
  if (isSure || isPassing) made.add(name)
  if (isPassing) passing.add(name)
  const isPartition = words.take('partition of')
  const remarks = isPartition ? [REMARKS.partitionLocks] : []
  return additive(`No older release knows ${shownName(name)}.`, ...remarks)
}

function createIndex(
  words: Words,
  between: ReadonlySet<string>,
  { dialect, made }: Surroundings,
): Judgement {
  const isQuiet = words.take('concurrently')
  const on = words.tokens.findIndex(({ kind, text }) => kind === 'word' && text === 'on')
  words.at = on + 1
  words.take('only')
  const table = on === -1 ? undefined : words.name()
  if (table === undefined) return unknown(NOT_UNDERSTOOD)
  if (made.has(table)) return additive(`No older release knows ${shownName(table)}.`)
  const blocks = dialect === 'postgresql' && !isQuiet
  const remarks = blocks ? [REMARKS.indexBlocksWrites] : []
  return between.has('unique')
    ? contract('What an older release writes may not be unique.', ...remarks)
    : additive('An index changes no answer.', ...remarks)
}
