/** ALTER of anything; tables, where most of it happens, have a file of their own. */
import { classifyAlterTable } from './alter-table.ts'
import {
  additive,
  contract,
  type Judgement,
  NOT_UNDERSTOOD,
  type Surroundings,
  unknown,
} from './judgement.ts'
import { REMARKS } from './remarks.ts'
import { shownName, type Words } from './words.ts'

const NAMED = [
  ...[
    'materialized view',
    'view',
    'function',
    'procedure',
    'routine',
    'schema',
    'domain',
    'policy',
  ],
  ...['type', 'sequence', 'aggregate', 'extension', 'trigger', 'rule', 'role', 'user', 'database'],
]

export function classifyAlter(words: Words, around: Surroundings): Judgement {
  words.take('foreign')
  if (words.take('table')) return classifyAlterTable(words, around)
  if (words.take('default privileges')) return defaultPrivileges(words)
  const what = words.takeOne(...NAMED)
  if (what === undefined) return unknown(NOT_UNDERSTOOD)
  if (what === 'type' && words.after('value') !== undefined) return enumValue(words)
  if (what === 'sequence' && words.after('owned') !== undefined)
    return additive('Who owns it changes no number.')
  const rest = words.flat()
  if (what === 'policy') return contract('Older releases may see and write fewer rows.')
  if (rest.includes('rename')) return contract(`Older releases use the old name of the ${what}.`)
  const isMoved = rest.some((word, i) => word === 'set' && rest[i + 1] === 'schema')
  if (isMoved) return contract(`Older releases look for the ${what} where it was.`)
  if (what === 'domain' && rest.includes('add'))
    return contract('What an older release writes may not be allowed any more.')
  return unknown(`What this does to the ${what} is not understood here.`)
}

function enumValue(words: Words): Judgement {
  const name = words.name()
  if (words.take('add value'))
    return additive(`${shownName(name)} gets another value.`, REMARKS.oldReadersMeetValue)
  return contract('Older releases use the old value.')
}

function defaultPrivileges(words: Words): Judgement {
  const rest = words.flat()
  if (rest.includes('revoke')) return contract('An older release may need what is revoked.')
  return rest.includes('grant') ? additive('Nobody may do less.') : unknown(NOT_UNDERSTOOD)
}
