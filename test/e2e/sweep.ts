/**
 * Goes to every address in both schemes, and in every state a page can be in: full, empty, failing,
 * cut off, still asking. Pictures are kept for people; what a machine can judge is judged here.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page, Route } from 'playwright-core'
import { ADDRESSES, type Ask } from './addresses.ts'
import { violations } from './browser.ts'
import { lookAt, watch } from './watched.ts'

export const PICTURES = 'dist/e2e'
const WIDE = { width: 1440, height: 900 }
const SETTLE_MS = 20_000

/** What the server is made to do with questions; it answers them when nothing is said. */
type Trouble = 'failing' | 'offline' | 'loading'
/** `missing`: what the page is about is not there. */
export type State = 'full' | 'empty' | 'missing' | Trouble
export type Scheme = 'light' | 'dark'

/** Both when pictures are wanted (`npm run e2e`); else one after the other, which finds as much. */
export const schemes = (nth: number): readonly Scheme[] => {
  if (process.env['SWEEP'] === 'all') return ['light', 'dark']
  return nth % 2 === 0 ? ['light'] : ['dark']
}

export interface Sweep {
  readonly browser: Browser
  /** Of the server. */
  readonly origin: string
  readonly signedIn: Awaited<ReturnType<BrowserContext['storageState']>>
  readonly state: State
  readonly scheme: Scheme
  readonly paths: readonly string[]
}

/** Everything that is wrong, with where. */
export async function sweep(how: Sweep): Promise<readonly string[]> {
  const { browser, origin, signedIn, state, scheme, paths } = how
  const context = await browser.newContext({
    viewport: WIDE,
    colorScheme: scheme,
    reducedMotion: 'reduce',
    storageState: signedIn,
  })
  const watched = watch(context, origin, state !== 'full' && state !== 'empty')
  const trouble = troubleOf(state)
  const page = await context.newPage()
  page.setDefaultTimeout(SETTLE_MS)
  const folder = join(PICTURES, `${state}-${scheme}`)
  mkdirSync(folder, { recursive: true })
  if (trouble !== undefined)
    await context.route(/\/api\/v1\/(?!me$|stream)/, (route) => fail(route, trouble))
  const found: string[] = []
  for (const path of paths) {
    await page.goto(`${origin}${path}`)
    const wrong = await settle(page, state).then(
      async () => [...(await lookAt(page)), ...(await judge(page, state))],
      (error: unknown) => [`never settled: ${String(error).split('\n')[0]}`],
    )
    await page.screenshot({ path: join(folder, `${nameOf(path)}.png`), fullPage: true })
    for (const one of [...wrong, ...watched.take()])
      found.push(`${state} ${scheme} ${path}: ${one}`)
  }
  await context.close()
  return found
}

const troubleOf = (state: State): Trouble | undefined =>
  state === 'full' || state === 'empty' || state === 'missing' ? undefined : state

function fail(route: Route, how: Trouble): Promise<void> {
  if (how === 'offline') return route.abort('connectionrefused')
  // Whoever asks is left waiting until the page is gone.
  if (how === 'loading') return Promise.resolve()
  return route.fulfill({
    status: 500,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      code: 'server.bug',
      detail: 'Something is wrong with the server.',
      remedy: 'Its log says what.',
    }),
  })
}

/** There is something to see, and it waits for nothing but what is withheld. */
async function settle(page: Page, state: State): Promise<void> {
  await page.locator('main h1').first().waitFor()
  if (state === 'loading') return
  await page.waitForFunction(() => !document.body.innerText.includes('Asking …'))
}

async function judge(page: Page, state: State): Promise<string[]> {
  const main = page.locator('main')
  const text = await main.innerText()
  const alerts = await main.getByRole('alert').count()
  const isTrouble = state === 'failing' || state === 'offline' || state === 'missing'
  return [
    ...(isTrouble && alerts === 0 ? ['does not say that it failed'] : []),
    ...(state === 'full' || state === 'empty' ? alarms(alerts, text) : []),
    ...(await violations(page)),
  ]
}

const alarms = (alerts: number, text: string) =>
  alerts > 0 && /server\.|http\.5|page\.bug/.test(text) ? ['shows a failure'] : []

const nameOf = (path: string) =>
  path
    .slice(1)
    .replaceAll(/[^a-zA-Z0-9]+/g, '-')
    .slice(0, 60) || 'now'

/** What there is to see on this server, by one who is signed in. */
export async function pathsOn(ask: Ask): Promise<readonly string[]> {
  const found = await Promise.all(Object.values(ADDRESSES).map((find) => find(ask)))
  return found.flat()
}

export const askAs =
  (context: BrowserContext, origin: string): Ask =>
  async <T>(path: string) => {
    const answer = await context.request.get(`${origin}/api/v1${path}`)
    if (!answer.ok()) throw new Error(`${path}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
