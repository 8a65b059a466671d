/**
 * The page on a slow machine: how soon it is usable, how soon it answers while events come, how
 * smoothly the matrix of all services scrolls, whether its memory stays, and whether it misses
 * anything while the server is restarted. `--hour`: a whole hour of events, as fast as they are
 * taken (a quarter of an hour); else a tenth of it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Figures, percentile } from './figures.ts'
import { heapMb, note, scrolled, usableMs, worstInteractionMs } from './web/measure.ts'
import { apply, furnish, makePlace, type Place, serviceText, slowPage } from './web/place.ts'

const LOADS = 3
const ROWS = 5_000
const MATRIX = 1_000
const EVENTS_PER_S = 20
const HOUR_EVENTS = 3_600 * EVENTS_PER_S
/** Below what one machine may ask in a minute. */
const FEED_PER_S = 80
const LOOKS = 10
const RESTARTS = 5

export async function run(): Promise<Figures> {
  const place = await makePlace()
  try {
    await furnish(place, MATRIX)
    const usable = await usableFigures(place)
    const scroll = await scrollFigures(place)
    await furnish(place, ROWS)
    const busy = await busyFigures(place)
    const memory = await memoryFigures(place)
    const missed = await missedFigures(place)
    return { ...usable, ...scroll, ...busy, ...memory, ...missed }
  } finally {
    await place.close()
  }
}

async function usableFigures({ browser, url }: Place): Promise<Figures> {
  const took: number[] = []
  for (let n = 0; n < LOADS; n++) {
    // Nothing of the load before is kept.
    const context = await browser.newContext()
    await note(context)
    took.push(await usableMs(await slowPage(context, true), url))
    await context.close()
  }
  return { usable: { value: percentile(took, 0.5), unit: 'ms', goal: '<= 1600' } }
}

async function scrollFigures({ browser, url }: Place): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${url}/services`)
  await page.getByRole('link', { name: 'service-0', exact: true }).waitFor()
  const { perS, longestMs } = await scrolled(page, 5_000)
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length)
  await context.close()
  return {
    'matrix of 1,000 x 10, frames': { value: perS, unit: '/s', goal: '>= 60' },
    'longest frame': { value: longestMs, unit: 'ms' },
    'elements at its end': { value: nodes, unit: '' },
  }
}

/** Presses and types while twenty things a second happen, one of them in the list itself. */
async function busyFigures(place: Place): Promise<Figures> {
  const context = await place.browser.newContext({ viewport: { width: 1440, height: 900 } })
  await note(context)
  const page = await slowPage(context, false)
  await page.goto(`${place.url}/services`)
  await page.getByRole('link', { name: 'service-0', exact: true }).waitFor()
  const feed = feedEvents(place, { perS: EVENTS_PER_S, count: EVENTS_PER_S * 30 })
  const filter = page.getByRole('searchbox', { name: 'Filter' })
  for (const text of ['team-7', 'service-49', 'number 12']) {
    await filter.click()
    await filter.pressSequentially(text, { delay: 120 })
    await filter.fill('')
  }
  for (let n = 0; n < 10; n++) await page.getByRole('button', { name: /^Colours/ }).click()
  await page.locator('h1').click()
  for (let n = 0; n < 20; n++) await page.keyboard.press('j')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').pressSequentially('service-77', { delay: 120 })
  await page.keyboard.press('Escape')
  await feed
  const worst = await worstInteractionMs(page)
  await context.close()
  const goal = '<= 200'
  return { 'worst interaction, 5,000 rows, 20 events/s': { value: worst, unit: 'ms', goal } }
}

async function memoryFigures(place: Place): Promise<Figures> {
  const isWhole = process.argv.includes('--hour')
  const count = isWhole ? HOUR_EVENTS : HOUR_EVENTS / 10
  const context = await place.browser.newContext()
  const page = await context.newPage()
  await page.goto(place.url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  const seen: number[] = []
  for (let n = 0; n < LOOKS; n++) {
    await feedEvents(place, { perS: FEED_PER_S, count: count / LOOKS })
    seen.push(await heapMb(context, page))
  }
  await context.close()
  // The first look is at a page that is still filling what it keeps.
  const [first = Number.NaN] = seen.slice(1)
  const last = seen.at(-1) ?? Number.NaN
  return {
    'events fed': { value: count, unit: '' },
    'memory of the page, first': { value: first, unit: 'MB' },
    'memory of the page, change': { value: (last / first - 1) * 100, unit: '%', goal: '<= 10' },
  }
}

/** Which changes the page was never told of, with the server restarted in between. */
async function missedFigures(place: Place): Promise<Figures> {
  const context = await place.browser.newContext()
  await context.addInitScript(() => {
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    const channel = new BroadcastChannel('signalbox.stream')
    channel.addEventListener('message', ({ data }) => {
      const { change } = data as { change?: { id: string } }
      if (change !== undefined) heard.push(change.id)
    })
  })
  const page = await context.newPage()
  await page.goto(place.url)
  await page.getByText('live').first().waitFor()
  const told: string[] = []
  for (let n = 0; n < RESTARTS; n++) {
    told.push(...(await feedEvents(place, { perS: FEED_PER_S, count: 40 })))
    await place.restart()
    told.push(...(await feedEvents(place, { perS: FEED_PER_S, count: 40 })))
  }
  await sleep(10_000)
  const heard = new Set(
    await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard),
  )
  await context.close()
  const missed = told.filter((id) => !heard.has(id)).length
  return {
    'changes told through five restarts': { value: told.length, unit: '' },
    'changes missed': { value: missed, unit: '', goal: '<= 0' },
  }
}

/** Incidents, and now and then a service that is said anew; their ids. */
async function feedEvents(
  { post }: Place,
  { perS, count }: { perS: number; count: number },
): Promise<readonly string[]> {
  const ids: string[] = []
  const from = performance.now()
  for (let n = 0; n < count; n++) {
    const dueMs = (n / perS) * 1_000 - (performance.now() - from)
    if (dueMs > 0) await sleep(dueMs)
    if (n % EVENTS_PER_S === 0) await apply(post, [serviceText(n % 500, `${Date.now()}`)])
    const about = { service: 'service-1', environment: 'env-9', title: `Number ${n} is slow` }
    ids.push(((await post('/incidents', about)) as { id: string }).id)
  }
  return ids
}
