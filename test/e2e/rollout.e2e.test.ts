/**
 * A person's errand in a real browser: sign in while the demonstration runs, find the bad release,
 * follow its rollout to the rollback, and read why. With UPDATE=1 the README's picture is taken anew.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { ACTS } from './acts.ts'
import { CHROMIUM, violations } from './browser.ts'
import { ERRANDS } from './errands.ts'

const PICTURES = process.env['UPDATE'] === undefined ? 'test/e2e/pictures' : 'docs'
/** The story takes a minute on a quiet machine; a crowded one may take three times that. */
const STORY_MS = 280_000
/** The story is over: what is waited for is there, or never will be. */
const ERRAND_MS = 20_000

const WIDE = { width: 1280, height: 860 }
const overhang = () => document.documentElement.scrollWidth - document.documentElement.clientWidth

/** Its output is read to the end: a pipe that nobody reads would stop the story. */
function signInLink(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    demo.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const link = /The page, live: (\S+)/.exec(said)?.[1]
      if (link !== undefined) resolve(link)
    })
    demo.once('exit', () => reject(new Error(`the demonstration ended too early:\n${said}`)))
  })
}

test(
  'somebody follows the bad release on its page to the rollback',
  { timeout: STORY_MS + 60_000, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    mkdirSync(PICTURES, { recursive: true })
    const demo = spawn(process.execPath, ['bin/signalbox.mjs', 'demo', '--keep'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(async () => {
      if (demo.exitCode !== null) return
      const ended = once(demo, 'exit')
      demo.kill('SIGTERM')
      await ended
    })
    const link = await signInLink(demo)
    const browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox'],
    })
    t.after(() => browser.close())
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
    for (const errand of [...ERRANDS, ...ACTS])
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
    assert.deepEqual(errors, [])
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
