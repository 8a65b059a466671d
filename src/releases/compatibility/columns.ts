/** Columns that are added, and columns that get another type. */
import type { SchemaDialect } from '../events.ts'
import {
  additive,
  contract,
  irreversible,
  type Judgement,
  NOT_UNDERSTOOD,
  unknown,
} from './judgement.ts'
import { REMARKS } from './remarks.ts'
import { shownName, type Words } from './words.ts'

/** The same for all rows of one statement: PostgreSQL keeps such a default in the catalog. */
const STABLE = new Set([
  ...['now', 'current_timestamp', 'current_date', 'current_time', 'localtimestamp', 'localtime'],
  ...['transaction_timestamp', 'statement_timestamp', 'current_user', 'session_user', 'null'],
  ...['true', 'false', 'array', 'cast', 'date', 'time', 'timestamp', 'timestamptz', 'interval'],
])
const ENDS_DEFAULT = new Set([
  ...['not', 'null', 'constraint', 'check', 'unique', 'primary', 'references', 'generated'],
  ...['collate', 'comment', 'after', 'first', 'on', 'key'],
])
const COUNTED = /^(small|big)?serial\d?$/

/** `name type …` */
export function addColumn(words: Words, dialect: SchemaDialect): Judgement {
  const name = shownName(words.identifier())
  if (words.isAtEnd) return unknown(NOT_UNDERSTOOD)
  const rest = words.flat()
  const has = (...phrase: readonly string[]) =>
    rest.some((_, i) => phrase.every((word, j) => rest[i + j] === word))
  const isPostgresql = dialect === 'postgresql'
  const isCounted = COUNTED.test(rest[0] ?? '')
  const isGenerated = has('generated') || has('identity') || has('auto_increment') || isCounted
  if (has('unique') || has('primary', 'key'))
    return contract(`What an older release leaves in ${name} may not be unique.`)
  const isFilled = has('default') || isGenerated
  if (has('not', 'null') && !isFilled)
    return contract(`An older release writes no ${name}, and it has no default.`)
  if (isPostgresql && isGenerated && !has('virtual'))
    return additive(`Older releases need not know ${name}.`, REMARKS.rewritesTable)
  const isVolatile = isPostgresql && has('default') && !isConstant(words)
  const remarks = isVolatile ? [REMARKS.volatileDefault] : []
  return additive(`Older releases need not know ${name}.`, ...remarks)
}

/** Literals, casts, and what is the same for the whole statement. */
function isConstant(words: Words): boolean {
  const tokens = words.after('default') ?? []
  const end = tokens.findIndex(
    ({ kind, text }, i) => i > 0 && kind === 'word' && ENDS_DEFAULT.has(text),
  )
  const expression = end === -1 ? tokens : tokens.slice(0, end)
  return expression.every(({ kind, text }, i) => {
    if (kind !== 'word' && kind !== 'name') return true
    const isCast = expression[i - 1]?.text === ':'
    const isCalled = expression[i + 1]?.text === '('
    return isCast || STABLE.has(text) || !isCalled
  })
}

/** Types that hold whatever a narrower one of their kind held. */
const WIDE = new Set(['text', 'bigint', 'int8', 'numeric', 'decimal', 'longtext', 'bytea', 'jsonb'])
/** Not every value of another type fits. */
const NARROW = new Set([
  ...['smallint', 'int2', 'tinyint', 'mediumint', 'int', 'integer', 'int4', 'boolean', 'bool'],
  ...['date', 'time', 'char', 'character', 'varchar', 'real', 'float', 'uuid', 'enum', 'bit'],
])

/**
 * The old type stands in no migration, so nothing here is ever additive; what may lose something is
 * told from what is merely another shape.
 */
export function columnType(words: Words, name: string, dialect: SchemaDialect): Judgement {
  const type = words.peek()
  const lasts = dialect === 'mysql' ? REMARKS.copiesTable : REMARKS.rewritesTable
  const hasLength = words.tokens[words.at + 1]?.text === '('
  const isNarrow = NARROW.has(type) || (hasLength && WIDE.has(type))
  if (words.after('using') !== undefined)
    return isNarrow
      ? irreversible(`What does not fit into the new type of ${name} is lost.`, lasts)
      : contract(`Older releases read and write ${name} in its old shape.`, lasts)
  if (isNarrow) return contract(`Not all that an older release writes may fit ${name}.`, lasts)
  return unknown(`Whether ${name} held the same before cannot be seen here.`, lasts)
}
