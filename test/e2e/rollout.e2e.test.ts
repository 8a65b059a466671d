/**
 * A person's errand in a real browser: sign in while the demonstration runs, find the bad release,
 * follow its rollout to the rollback, and read why. With UPDATE=1 the README's picture is taken anew.
 */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { ACTS } from './acts.ts'
import { CHROMIUM, violations } from './browser.ts'
import { startDemo } from './demo.ts'
import { ERRANDS } from './errands.ts'
import { ON_CALL } from './on-call.ts'
import { openBrowser } from './server.ts'
import { askAs, pathsOn, schemes, sweep } from './sweep.ts'

const PICTURES = process.env['UPDATE'] === undefined ? 'test/e2e/pictures' : 'docs'
/** The story takes a minute on a quiet machine; a crowded one may take three times that. */
const STORY_MS = 280_000
/** Errands, and a look at every page. */
const AFTERWARDS_MS = 1_200_000
/** The story is over: what is waited for is there, or never will be. */
const ERRAND_MS = 20_000

const WIDE = { width: 1280, height: 860 }
const overhang = () => document.documentElement.scrollWidth - document.documentElement.clientWidth

test(
  'somebody follows the bad release on its page to the rollback',
  { timeout: STORY_MS + AFTERWARDS_MS, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    mkdirSync(PICTURES, { recursive: true })
    const { child: demo, link } = await startDemo(t)
    const browser = await openBrowser(t)
    // A story that ended has nothing more to show: no waiting for the page of a server that is gone.
    demo.once('exit', () => void browser.close())
    const page = await browser.newPage({ viewport: WIDE })
    page.setDefaultTimeout(STORY_MS)
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))

    await page.goto(link)
    const nav = page.getByRole('navigation', { name: 'Pages' })
    await nav.getByRole('link', { name: 'Services' }).click()
    await page.getByRole('heading', { name: 'Services' }).waitFor()
    await page.getByRole('link', { name: 'storefront' }).first().waitFor()
    assert.deepEqual(await violations(page), [])

    const id = await rolloutOf(page, '1.2.0')
    await page.goto(new URL(`/rollouts/${id}`, page.url()).href)
    await page.getByRole('heading', { name: /storefront 1\.2\.0/ }).waitFor()
    await page
      .getByRole('status')
      .filter({ hasText: /Rolled back/ })
      .first()
      .waitFor()
    assert.match(await page.locator('main').innerText(), /Rolled back to 1\.1\.0/)
    await page
      .getByRole('img', { name: /canary/i })
      .first()
      .waitFor()
    await page.screenshot({ path: join(PICTURES, 'rollout.png') })
    assert.deepEqual(await violations(page), [])

    await nav.getByRole('link', { name: 'Now' }).click()
    await page
      .getByText(/Incident/)
      .first()
      .waitFor()
    await page.screenshot({ path: join(PICTURES, 'now.png') })
    assert.deepEqual(await violations(page), [])
    page.setDefaultTimeout(ERRAND_MS)
    for (const errand of [...ERRANDS, ...ACTS, ...ON_CALL])
      await t.test(errand.name, async () => {
        await errand.run(page)
        for (const colorScheme of ['dark', 'light'] as const) {
          // On their way from one scheme to the other, colours have the contrast of neither.
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
          assert.deepEqual(await violations(page), [])
        }
        // On a phone nothing is wider than the page but what scrolls by itself.
        await page.setViewportSize({ width: 360, height: 800 })
        assert.equal(await page.evaluate(overhang), 0, 'wider than 360 pixels')
        await page.setViewportSize(WIDE)
      })
    // Everything that can be is there by now: every page, as full as it gets.
    const origin = new URL(page.url()).origin
    const signedIn = await page.context().storageState()
    const paths = await pathsOn(askAs(page.context(), origin))
    for (const scheme of schemes(0))
      await t.test(`every page, full, ${scheme}`, async () => {
        const how = { browser, origin, signedIn, state: 'full', scheme, paths } as const
        assert.deepEqual(await sweep(how), [])
      })
    assert.deepEqual([...new Set(errors)], [])
  },
)

/** The deployment of the version in production, as soon as there is one. */
async function rolloutOf(page: Page, version: string): Promise<string> {
  const deadline = performance.now() + STORY_MS
  while (performance.now() < deadline) {
    const rows = await page.evaluate(async () => {
      const query = '/api/v1/deployments?service=storefront&environment=prod'
      return (await (await fetch(query)).json()) as { id: string; version: string }[]
    })
    const found = rows.find((row) => row.version === version)
    if (found !== undefined) return found.id
    await page.waitForTimeout(500)
  }
  throw new Error(`storefront ${version} never came to prod`)
}
