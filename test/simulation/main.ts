/**
 * `npm run simulate -- [--days 50] [--services 20] [--seed 1] [--json]`, and
 * `--pace busy`, `--weather storm` for harder days. 1,000 release-days take a minute or two;
 * `--minutes 20` begins no world after that, whatever is left.
 */
import { parseArgs } from 'node:util'
import { jsonOf, tableOf } from './report.ts'
import { PACES, simulate } from './simulate.ts'
import { WEATHER } from './world.ts'

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '50' },
    services: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    pace: { type: 'string', default: 'usual' },
    weather: { type: 'string', default: '' },
    minutes: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const [days, services] = [Number(values.days), Number(values.services)]
const pace = nameIn(PACES, values.pace)
const weather = nameIn(WEATHER, values.weather)
const minutes = values.minutes === '' ? undefined : Number(values.minutes)
const isBound = minutes === undefined || minutes > 0
const isMeant = days > 0 && services > 0 && isBound && pace && (weather ?? values.weather === '')
if (!isMeant) {
  console.error(
    `Days, services and minutes are numbers above nought; pace: ${Object.keys(PACES).join(', ')};`,
  )
  console.error(`weather: ${Object.keys(WEATHER).join(', ')}, or left out, and the seed decides.`)
  process.exit(2)
}
const options = { days, services, seed: values.seed, pace, weather, minutes }
const outcome = await simulate(options)
console.log(values.json ? jsonOf(outcome, options) : tableOf(outcome, options))
process.exitCode = outcome.violations.length + outcome.unjudged.length > 0 ? 1 : 0

function nameIn<Names extends object>(names: Names, name: string): keyof Names | undefined {
  return Object.hasOwn(names, name) ? (name as keyof Names) : undefined
}
