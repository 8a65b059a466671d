/** ALTER TABLE: each of its actions is judged, and the worst of them is what the statement is. */
import { addColumn, columnType } from './columns.ts'
import {
  additive,
  contract,
  irreversible,
  type Judgement,
  NOT_UNDERSTOOD,
  type Surroundings,
  unknown,
  worstOf,
} from './judgement.ts'
import { REMARKS } from './remarks.ts'
import { shownName, type Words } from './words.ts'

export function classifyAlterTable(words: Words, { dialect, made }: Surroundings): Judgement {
  // `all in tablespace` names no table.
  if (words.take('all in')) return unknown(NOT_UNDERSTOOD)
  words.take('if exists')
  words.take('only')
  const name = words.name()
  if (name === undefined) return unknown(NOT_UNDERSTOOD)
  words.take('*')
  if (made.has(name)) {
    // Under its new name it would not be known to be new.
    if (words.peek() === 'rename' || words.peek() === 'set') made.delete(name)
    return additive(`No older release knows ${shownName(name)}.`)
  }
  return worstOf(words.list().map((action) => actionOf(action, dialect)))
}

type Action = (words: Words, dialect: Surroundings['dialect']) => Judgement

function actionOf(words: Words, dialect: Surroundings['dialect']): Judgement {
  const verb = words.peek()
  words.skip()
  return ACTIONS.get(verb)?.(words, dialect) ?? unknown(NOT_UNDERSTOOD)
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['add', add],
  ['drop', drop],
  ['alter', alterColumn],
  ['modify', modify],
  ['change', change],
  ['rename', rename],
  ['validate', () => additive('What was enforced before is checked.')],
  ['attach', () => additive('It gets another part.')],
  ['detach', () => contract('Rows are not where older releases look for them.')],
  ['enable', enable],
  ['disable', () => unknown('What an older release relied on may not happen any more.')],
  ['truncate', () => irreversible('Rows are lost.')],
  ['set', set],
  ['reset', () => additive('It is stored in another way.')],
  ['replica', () => additive('It is replicated in another way.')],
  ['algorithm', () => additive('It says how, not what.')],
  ['lock', () => additive('It says how, not what.')],
  ['comment', () => additive('It says how, not what.')],
  ['auto_increment', () => additive('It counts on from elsewhere.')],
])

const TIGHTER = 'What an older release writes may not be allowed any more.'

function add(words: Words, dialect: Surroundings['dialect']): Judgement {
  if (words.take('constraint')) {
    if (CONSTRAINTS.has(words.peek())) return constraint(words, dialect)
    words.identifier()
    return constraint(words, dialect)
  }
  if (CONSTRAINTS.has(words.peek())) return constraint(words, dialect)
  if (dialect === 'mysql') {
    if (words.takeOne('index', 'key', 'fulltext', 'spatial') !== undefined)
      return additive('An index changes no answer.')
    if (words.take('partition')) return additive('It gets another part.')
  }
  words.take('column')
  words.take('if not exists')
  const several = words.inParentheses()
  if (several !== undefined) return worstOf(several.map((each) => addColumn(each, dialect)))
  return addColumn(words, dialect)
}

const CONSTRAINTS = new Set(['unique', 'primary', 'check', 'foreign', 'exclude'])

function constraint(words: Words, dialect: Surroundings['dialect']): Judgement {
  const kind = words.peek()
  if (!CONSTRAINTS.has(kind)) return unknown(NOT_UNDERSTOOD)
  const rest = words.flat()
  // It is enforced on whatever is written from now on, by older releases too.
  if (rest.some((word, i) => word === 'not' && rest[i + 1] === 'valid'))
    return unknown('It binds what older releases write; whether they keep to it, they know.')
  if (dialect === 'mysql') return contract(TIGHTER)
  if (kind === 'check' || kind === 'foreign') return contract(TIGHTER, REMARKS.constraintScans)
  const isBuilt = rest.some((word, i) => word === 'using' && rest[i + 1] === 'index')
  return contract(TIGHTER, ...(isBuilt ? [] : [REMARKS.uniqueBuildsIndex]))
}

function drop(words: Words, dialect: Surroundings['dialect']): Judgement {
  const isMysql = dialect === 'mysql'
  if (words.take('constraint') || (isMysql && words.takeOne('foreign key', 'check')))
    return unknown('Whether an older release relies on the constraint cannot be seen here.')
  // In PostgreSQL these are names of columns like any other.
  if (isMysql && words.take('primary key'))
    return contract('An older release may rely on it being unique.')
  if (isMysql && words.takeOne('index', 'key'))
    return unknown('Whether an older release relies on the index cannot be seen here.')
  if (isMysql && words.take('partition')) return irreversible('The rows of the part are lost.')
  words.take('column')
  words.take('if exists')
  const name = words.identifier()
  return name === undefined
    ? unknown(NOT_UNDERSTOOD)
    : irreversible(`What stands in ${shownName(name)} is lost, and older releases use it.`)
}

function alterColumn(words: Words, dialect: Surroundings['dialect']): Judgement {
  if (dialect === 'mysql' && words.takeOne('index', 'check', 'constraint') !== undefined)
    return unknown(NOT_UNDERSTOOD)
  words.take('column')
  const name = shownName(words.identifier())
  if (words.take('set not null'))
    return contract(`An older release may write no ${name}.`, REMARKS.notNullScans)
  if (words.take('drop not null'))
    return unknown(`Older releases may read a ${name} that is not there.`)
  if (words.take('set default')) return additive(`${name} is there when nobody writes it.`)
  if (words.take('drop default')) return contract(`An older release may leave ${name} out.`)
  if (words.takeOne('type', 'set data type') !== undefined) return columnType(words, name, dialect)
  const isStored = words.takeOne('set statistics', 'set storage', 'set compression', 'set (')
  return isStored === undefined
    ? unknown(NOT_UNDERSTOOD)
    : additive(`${name} is stored in another way.`)
}

function modify(words: Words, dialect: Surroundings['dialect']): Judgement {
  words.take('column')
  return columnType(words, shownName(words.identifier()), dialect)
}

function change(words: Words, dialect: Surroundings['dialect']): Judgement {
  words.take('column')
  const [from, to] = [words.identifier(), words.identifier()]
  if (from !== to) return contract(`Older releases use the old name of ${shownName(from)}.`)
  return columnType(words, shownName(to), dialect)
}

function rename(words: Words): Judgement {
  if (words.take('constraint')) return contract('An older release may name the constraint.')
  if (words.takeOne('index', 'key') !== undefined) return unknown(NOT_UNDERSTOOD)
  return contract('Older releases use the old name.')
}

function enable(words: Words): Judgement {
  return words.take('row level security')
    ? contract('Older releases may see and write fewer rows.')
    : unknown(NOT_UNDERSTOOD)
}

function set(words: Words): Judgement {
  if (words.take('schema')) return contract('Older releases look for it where it was.')
  if (words.peek() === '(') return additive('It is stored in another way.')
  const isMoved = words.takeOne('tablespace', 'logged', 'unlogged', 'access method')
  return isMoved === undefined
    ? unknown(NOT_UNDERSTOOD)
    : additive('It is stored elsewhere.', REMARKS.rewritesTable)
}
