/**
 * One statement's kind, by its first words. What stands in none of these tables is not understood,
 * and that is what is said: a linter that guesses well is believed once too often.
 */
import { classifyAlter } from './alter.ts'
import { classifyCreate } from './create.ts'
import { classifyDrop } from './drop.ts'
import {
  additive,
  backfill,
  contract,
  irreversible,
  type Judgement,
  NOT_UNDERSTOOD,
  type Surroundings,
  unknown,
} from './judgement.ts'
import { REMARKS } from './remarks.ts'
import type { Statement } from './statements.ts'
import { isBalanced, shownName, Words } from './words.ts'

type Rule = (words: Words, around: Surroundings) => Judgement

export function classify({ tokens, isCut }: Statement, around: Surroundings): Judgement {
  const words = new Words(tokens)
  const verb = words.peek()
  words.skip()
  // Only rows can be that many; whatever else is that long is not what it seems.
  if (isCut) return verb === 'insert' ? ADDS_ROWS : unknown('It is too long to be read.')
  if (!isBalanced(tokens)) return unknown('Its parentheses do not match.')
  if (hidesAnother(tokens)) return unknown('There is another statement in it.')
  return VERBS.get(verb)?.(words, around) ?? unknown(NOT_UNDERSTOOD)
}

/** PostgreSQL changes rows in the parts of WITH and of COPY too, wherever those stand. */
function hidesAnother(tokens: Statement['tokens']): boolean {
  return tokens.some(({ kind, text }, i) => {
    if (kind !== 'symbol' || text !== '(') return false
    const [verb, next] = [tokens[i + 1]?.text ?? '', tokens[i + 2]?.text ?? '']
    if (verb === 'update') return tokens.slice(i + 2, i + 8).some((each) => each.text === 'set')
    return HIDDEN.has(`${verb} ${next}`)
  })
}

const HIDDEN = new Set(['delete from', 'insert into', 'merge into'])
const ADDS_ROWS = backfill('It adds rows.')
const changesNothing: Rule = () => additive('It changes nothing that lasts.')

const VERBS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['create', classifyCreate],
  ['drop', classifyDrop],
  ['alter', classifyAlter],
  ['insert', () => ADDS_ROWS],
  ['update', update],
  ['delete', remove],
  ['truncate', () => irreversible('It takes all rows of a table.')],
  ['copy', copy],
  ['rename', rename],
  ['grant', () => additive('Nobody may do less than before.')],
  ['revoke', () => contract('An older release may need what is revoked.')],
  ['comment', changesNothing],
  ['analyze', analyze],
  ['vacuum', vacuum],
  ['cluster', () => additive('It moves rows.', REMARKS.exclusiveWhole)],
  ['reindex', reindex],
  ['refresh', refresh],
  ['lock', () => additive('It changes nothing.', REMARKS.exclusiveWhole)],
  ['begin', begin],
  ['start', (words) => (words.take('transaction') ? TRANSACTION : unknown(NOT_UNDERSTOOD))],
  ['commit', changesNothing],
  ['end', (_, { dialect }) => (dialect === 'mysql' ? unknown(NOT_UNDERSTOOD) : TRANSACTION)],
  ['rollback', elsewhere],
  ['savepoint', changesNothing],
  ['release', changesNothing],
  ['set', set],
  ['reset', (_, { dialect }) => (dialect === 'mysql' ? unknown(NOT_UNDERSTOOD) : TRANSACTION)],
  ['show', changesNothing],
  ['use', elsewhere],
  ['unlock', changesNothing],
  ['select', select],
])

const TRANSACTION = additive('It changes nothing that lasts.')

/** MariaDB has blocks that begin so, and do anything. */
function begin(words: Words): Judgement {
  const isPlain = words.isAtEnd || BEGINS.has(words.peek())
  return isPlain ? TRANSACTION : unknown(NOT_UNDERSTOOD)
}

const BEGINS = new Set(['work', 'transaction', 'isolation', 'read', 'deferrable'])

/** MariaDB runs what stands behind it, when that is no table. */
function analyze(words: Words, { dialect }: Surroundings): Judgement {
  const isTable = words.takeOne('table', 'local table', 'no_write_to_binlog table') !== undefined
  return dialect === 'mysql' && !isTable ? unknown(NOT_UNDERSTOOD) : TRANSACTION
}

function rename(_: Words, { made }: Surroundings): Judgement {
  made.clear()
  return contract('Older releases use the old name.')
}

/** The same names are other tables from here on, or those made before are gone. */
function elsewhere(_: Words, { made }: Surroundings): Judgement {
  made.clear()
  return TRANSACTION
}

function update(words: Words, { made }: Surroundings): Judgement {
  if (hasRealWhere(words)) return backfill('It changes some rows.')
  words.take('only')
  const table = words.name()
  return table !== undefined && made.has(table)
    ? backfill('No older release has rows there.')
    : unknown('It changes every row: what stood there is lost, unless nobody used it yet.')
}

function remove(words: Words, { made }: Surroundings): Judgement {
  words.take('from')
  words.take('only')
  if (hasRealWhere(words)) return backfill('It takes some rows.')
  const table = words.name()
  if (table !== undefined && made.has(table)) return backfill('No older release has rows there.')
  return irreversible(`It takes all rows of ${shownName(table)}.`)
}

/** `where true` and `where 1 = 1` hold nothing back. */
function hasRealWhere(words: Words): boolean {
  const condition = words.after('where')
  if (condition === undefined) return false
  const text = condition.map((token) => token.text).join(' ')
  return !/^[( ]*(|true|1|1 = 1|not false)[ )]*( returning .*)?$/.test(text.slice(0, 200))
}

function copy(words: Words): Judgement {
  const flat = words.flat()
  if (words.peek() === '(') return unknown('What it asks for may change things.')
  if (flat.includes('program')) return unknown('It runs a program.')
  if (flat.includes('from')) return ADDS_ROWS
  return flat.includes('to') ? additive('It reads.') : unknown(NOT_UNDERSTOOD)
}

function vacuum(words: Words): Judgement {
  const isFull = words.tokens.some(({ kind, text }) => kind === 'word' && text === 'full')
  return additive('It tidies up.', ...(isFull ? [REMARKS.exclusiveWhole] : []))
}

function reindex(words: Words): Judgement {
  const isQuiet = words.tokens.some(({ text }) => text === 'concurrently')
  return additive('It builds indexes anew.', ...(isQuiet ? [] : [REMARKS.reindexBlocks]))
}

function refresh(words: Words): Judgement {
  if (!words.take('materialized view')) return unknown(NOT_UNDERSTOOD)
  const isQuiet = words.take('concurrently')
  return additive('It reads anew.', ...(isQuiet ? [] : [REMARKS.refreshBlocks]))
}

/** For this session; what is set for all is somebody else's setting too. */
function set(words: Words, { made }: Surroundings): Judgement {
  const isForAll = words.takeOne('global', 'persist', 'persist_only', 'password', '@ @')
  if (words.tokens.some(({ text }) => text === 'search_path' || text === 'schema')) made.clear()
  if (isForAll !== undefined) return unknown('It is set for everybody.')
  const text = words.tokens.map((token) => token.text).join(' ')
  return CHANGES_QUOTES.test(text.slice(0, 1_000))
    ? unknown('It changes how what follows is read.')
    : additive('It is set for this session alone.')
}

/** Where a string ends is another place then. */
const CHANGES_QUOTES =
  /standard_conforming_strings (=|to) (off|false|0|no)|backslash_escapes|ansi(_quotes)?\b/i

/** What a dump begins and ends with, and locks that hold until its end. */
const HARMLESS = new Set([
  ...['set_config', 'setval', 'pg_advisory_lock', 'pg_advisory_xact_lock', 'pg_advisory_unlock'],
])

/** A query may call what changes things; only these are known not to. */
function select(words: Words, { made }: Surroundings): Judgement {
  words.take('pg_catalog .')
  const called = words.peek()
  if (called === 'set_config') made.clear()
  if (HARMLESS.has(called)) words.skip()
  const rest = words.tokens.slice(words.at)
  const isPlain = rest.every(
    ({ kind, text }) => kind === 'text' || kind === 'number' || ARGUMENTS.has(text),
  )
  return isPlain
    ? additive('It changes nothing that older releases see.')
    : unknown('What it calls may change things.')
}

const ARGUMENTS = new Set(['(', ')', ',', 'true', 'false', 'null'])
