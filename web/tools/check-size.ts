/** Fails when the page grew beyond its budgets: what a first visit loads, any later part, and all. */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const DIST = new URL('../dist/', import.meta.url)
const KIB = 1024
/** From the design of the page: usable within a second on a slow line. */
const BUDGET = { entryJs: 165 * KIB, css: 12 * KIB, part: 45 * KIB, allJs: 420 * KIB }

const html = readFileSync(new URL('index.html', DIST), 'utf8')
const sizes = readdirSync(new URL('assets/', DIST)).map((name) => ({
  name,
  isEntry: html.includes(name),
  bytes: gzipSync(readFileSync(new URL(`assets/${name}`, DIST)), { level: 9 }).length,
}))
const sum = (all: typeof sizes) => all.reduce((total, { bytes }) => total + bytes, 0)
const entry = sum(sizes.filter(({ name, isEntry }) => isEntry && name.endsWith('.js')))
const css = sum(sizes.filter(({ name }) => name.endsWith('.css')))
const parts = sizes.filter(({ name, isEntry }) => !isEntry && name.endsWith('.js'))
const allJs = sum(sizes.filter(({ name }) => name.endsWith('.js')))
const tooLarge = [
  ...(allJs > BUDGET.allJs ? [`all scripts ${allJs} bytes, budget ${BUDGET.allJs}`] : []),
  ...(entry > BUDGET.entryJs ? [`entry scripts ${entry} bytes, budget ${BUDGET.entryJs}`] : []),
  ...(css > BUDGET.css ? [`styles ${css} bytes, budget ${BUDGET.css}`] : []),
  ...parts
    .filter(({ bytes }) => bytes > BUDGET.part)
    .map(({ name, bytes }) => `${name} ${bytes} bytes, budget ${BUDGET.part}`),
]
const kib = (bytes: number) => `${(bytes / KIB).toFixed(1)} KiB`
console.log(
  `page: entry ${kib(entry)} gz, styles ${kib(css)} gz, ${parts.length} later parts, all ${kib(allJs)}`,
)
for (const problem of tooLarge) console.error(problem)
process.exitCode = tooLarge.length > 0 ? 1 : 0
