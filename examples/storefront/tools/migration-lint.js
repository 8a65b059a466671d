/**
 * Checks `migrations/NNNN-name.sql`, if there are any: numbered without gaps, and nothing that the
 * release before could not live with, because a canary and its baseline share one database.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { isProgram, report } from './files.js'

const NAME = /^(\d{4})-[a-z0-9-]+\.sql$/
/** A line that ends so was thought about: the contract step, after nobody reads the old shape. */
const CONTRACT = '-- contract:'
const BREAKING = [
  [/\bdrop\s+(table|column|schema|view)\b/i, 'drops what the release before may still read'],
  [/\brename\s+(to|column)\b/i, 'renames what the release before may still read'],
  [/\bset\s+not\s+null\b/i, 'refuses what the release before may still write'],
  [/\badd\s+column\b(?=.*\bnot\s+null\b)(?!.*\bdefault\b)/i, 'needs a default for old writers'],
  [/\bcreate\s+(unique\s+)?index\b(?!\s+concurrently)/i, 'locks the table; create it concurrently'],
]

/** Findings for migrations given as `[name, text]`, in the order of their names. */
export function findingsIn(migrations) {
  return migrations.flatMap(([name, text], i) => {
    const number = NAME.exec(name)?.[1]
    if (number === undefined) return [`${name}: is not named like 0001-what-it-does.sql`]
    const order = Number(number) === i + 1 ? [] : [`${name}: number ${i + 1} was expected`]
    const lines = text.split('\n').flatMap((line, at) => {
      if (line.includes(CONTRACT)) return []
      const broken = BREAKING.filter(([pattern]) => pattern.test(line))
      return broken.map(([, what]) => `${name}:${at + 1}: ${what}`)
    })
    return [...order, ...lines]
  })
}

if (isProgram(import.meta)) {
  const names = existsSync('migrations') ? readdirSync('migrations').toSorted() : []
  const migrations = names.map((name) => [name, readFileSync(`migrations/${name}`, 'utf8')])
  const looked = names.length === 0 ? 'no migrations here' : `${names.length} migrations`
  report('migration lint', findingsIn(migrations), looked)
}
