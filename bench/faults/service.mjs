// What is released: a service of known health, with the fault that the file beside it names.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { PORT, HOST, LOCKS, SIGNALBOX_SERVICE, SIGNALBOX_VERSION } = process.env
const fault = JSON.parse(readFileSync(new URL('./fault.json', import.meta.url), 'utf8'))
const startedAt = Date.now()
let firstAt
let seen = 0
/** Requests of the last second, by slots of a tenth. */
const recent = new Map()

function rate(now) {
  const slot = Math.floor(now / 100)
  recent.set(slot, (recent.get(slot) ?? 0) + 1)
  for (const old of recent.keys()) if (old <= slot - 10) recent.delete(old)
  return [...recent.values()].reduce((sum, count) => sum + count, 0)
}

const normal = () =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(6.2831853 * Math.random())

/** One of each release's: whoever comes first. */
function isFirst() {
  try {
    writeFileSync(`${LOCKS}/${SIGNALBOX_SERVICE}-${SIGNALBOX_VERSION}`, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
const isNoisy = fault.noisyOneOfThree === true && isFirst()

createServer((request, response) => {
  if (request.url === '/health') return response.writeHead(200).end()
  const now = Date.now()
  firstAt ??= now
  seen++
  if (fault.crashEvery && seen % fault.crashEvery === 0) process.exit(1)
  const isOn =
    (fault.afterMs === undefined || now - firstAt >= fault.afterMs) &&
    (fault.aboveRps === undefined || rate(now) > fault.aboveRps)
  const times = (isOn ? (fault.errors ?? 1) : 1) * (isNoisy ? 4 : 1)
  const slower =
    (fault.slower ?? 1) * (now - startedAt < (fault.slowStartMs ?? 0) ? (fault.slowStart ?? 3) : 1)
  // A body, and one in fifty that waits for something.
  const ms = 15 * Math.exp(0.25 * normal()) * (Math.random() < 0.02 ? 5 : 1) * slower
  const isBad = Math.random() < 0.01 * times
  setTimeout(() => response.writeHead(isBad ? 500 : 200).end('.'), ms)
}).listen(Number(PORT), HOST)
process.on('SIGTERM', () => process.exit(0))
