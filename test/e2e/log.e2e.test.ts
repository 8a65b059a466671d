/**
 * A log of a million lines that a job really printed, in a real browser: opened at its end, gone
 * through by keys, searched, linked into, folded, and followed while it is written. What it took is
 * said and not judged.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { GitRepository } from '../support/git-repository.ts'
import { CHROMIUM, violations } from './browser.ts'
import { openBrowser, serve } from './server.ts'

const LINES = 1_000_000
const NEEDLE = 543_210
const WAIT_MS = 120_000

/** A million lines as programs print them: colours, groups, a progress, and what is no HTML. */
const PRINT = `BEGIN {
  e = sprintf("%c", 27)
  for (i = 1; i <= ${LINES}; i++) {
    if (i == ${NEEDLE}) print e "[31mthe needle of " i " <img src=x onerror=alert(1)>" e "[0m"
    else if (i % 250000 == 1) print "::group::Part " i
    else if (i % 1000 == 0) printf "10%%\\r50%%\\rdone with %d\\n", i
    else print "2026-11-27T09:00:00Z info compiled module src/part/" i ".ts"
  }
}
`
/** So slow that somebody looks while it prints. */
const SLOW = 'for i in $(seq 20); do echo tick $i; sleep 0.5; done'

const environment = `apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: dev }
spec: { kind: development, ports: { from: 23900, to: 23949 } }
`
const service = (repository: string) => `apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: printer, owner: team-print, tier: 3, description: Prints }
spec:
  source: { repository: ${repository} }
  path: [dev]
  deploy: { run: { argv: [node, server.js], health: /healthz } }
`
const pipeline = `---
apiVersion: signalbox.dev/v1
kind: Pipeline
spec:
  jobs:
    print: { run: awk -f print.awk }
    slow: { run: ${JSON.stringify(SLOW)} }
`

const log = (page: Page, job: string) => page.getByRole('log', { name: `Log of ${job}` })
const numbers = (page: Page) =>
  page
    .locator('.log-number')
    .allInnerTexts()
    .then((all) => all.map((text) => Number(text)))

test(
  'somebody reads a log of a million lines',
  { timeout: 600_000, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    const { folder, url } = await serve(t)
    const post = async (path: string, body: object) => {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      assert.ok(answer.ok, await answer.clone().text())
      return (await answer.json()) as { id: string }
    }
    const repository = new GitRepository(join(folder, 'repository'))
    const text = service(repository.bare)
    repository.commit('feat: print', {
      'signalbox.yaml': text + pipeline,
      'print.awk': PRINT,
    })
    repository.push()
    await post('/manifests', { files: [{ path: 'all.yaml', text: `${environment}---\n${text}` }] })
    await post('/repositories/push', { repository: repository.bare, branch: 'main' })

    const browser = await openBrowser(t)
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    page.setDefaultTimeout(WAIT_MS)
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('dialog', (dialog) => errors.push(`a dialog: ${dialog.message()}`))

    await page.goto(`${url}/runs`)
    await page
      .getByRole('link', { name: /printer/ })
      .first()
      .click()
    const run = new URL(page.url()).pathname
    await t.test('while a job prints, its log is followed', () => follows(page, url + run))
    await page.goto(`${url}${run}?job=print`)
    await page
      .getByText(/succeeded/i)
      .first()
      .waitFor()
    await page.getByText(/1,000,0\d\d lines/).waitFor()
    await t.test('it opens at its end, at once', () => opens(page, `${url}${run}?job=print`, t))
    await t.test('it is gone through by keys', () => goes(page))
    await t.test('something is found in it, and linked to', () => finds(page))
    await t.test('its groups are folded', () => folds(page))
    await t.test('it is accessible in both schemes', async () => {
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        assert.deepEqual(await violations(page), [])
      }
    })
    await t.test('its run says where the time went, as do all runs together', async () => {
      await page.getByRole('list', { name: 'What the run waited for' }).waitFor()
      await page.goto(`${url}/insights`)
      await page.getByRole('table', { name: 'Jobs that runs wait for' }).waitFor()
      assert.deepEqual(await violations(page), [])
    })
    assert.deepEqual(errors, [])
  },
)

async function follows(page: Page, run: string): Promise<void> {
  await page.goto(`${run}?job=slow`)
  const box = log(page, 'slow')
  for (const tick of ['tick 1', 'tick 12', 'tick 20'])
    await box.getByText(tick, { exact: true }).waitFor()
}

async function opens(page: Page, address: string, t: TestContext): Promise<void> {
  await page.goto('about:blank')
  const startedAt = performance.now()
  await page.goto(address)
  await log(page, 'print').getByText(`${LINES}`.slice(0, 1)).first().waitFor()
  await page
    .locator('.log-number', { hasText: `${LINES}` })
    .first()
    .waitFor()
  const openedMs = performance.now() - startedAt
  const buttons = page.getByRole('button')
  await buttons.filter({ hasText: 'slow' }).first().click()
  await log(page, 'slow').getByText('tick 20', { exact: true }).waitFor()
  const clickedAt = performance.now()
  await buttons.filter({ hasText: 'print' }).first().click()
  await log(page, 'print').getByText(`done with ${LINES}`).waitFor()
  const clickedMs = performance.now() - clickedAt
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('HeapProfiler.collectGarbage')
  const { usedSize } = await cdp.send('Runtime.getHeapUsage')
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length)
  t.diagnostic(`its last lines after ${openedMs.toFixed(0)} ms, page and all`)
  t.diagnostic(`from another job of the run after ${clickedMs.toFixed(0)} ms`)
  t.diagnostic(`${(usedSize / 1e6).toFixed(1)} MB of script memory, ${nodes} elements`)
  assert.ok(nodes < 1_500, `${nodes} elements`)
}

async function goes(page: Page): Promise<void> {
  const box = log(page, 'print')
  await box.focus()
  await page.keyboard.press('Home')
  await box.getByText('Part 1', { exact: true }).waitFor()
  await page.keyboard.press('PageDown')
  await page.keyboard.press('ArrowDown')
  const before = await numbers(page)
  await page.keyboard.press('ArrowDown')
  await page.waitForFunction(
    (first) => Number(document.querySelector('.log-number')?.textContent) === first,
    (before[0] ?? 0) + 1,
  )
  // By the bar: somewhere in the middle.
  await box.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2
  })
  await box.getByText('src/part/500').first().waitFor()
  const shown = await numbers(page)
  assert.deepEqual(
    shown,
    shown.map((_, i) => (shown[0] ?? 0) + i),
    'one line after the other',
  )
  await page.keyboard.press('End')
  await page
    .locator('.log-number', { hasText: `${LINES}` })
    .first()
    .waitFor()
}

async function finds(page: Page): Promise<void> {
  const said = page.getByRole('search', { name: 'In this log' }).getByRole('status')
  await page.getByRole('searchbox', { name: 'Search in this log' }).fill('NEEDLE OF')
  await page.keyboard.press('Enter')
  await said.getByText('1 of 1').waitFor()
  const found = log(page, 'print').locator('.log-marked')
  await found.getByText('<img src=x onerror=alert(1)>').waitFor()
  assert.equal(await found.locator('mark').innerText(), 'needle of')
  assert.equal(await found.locator('.ansi-red').count(), 3)
  assert.equal(await page.locator('.log img').count(), 0)
  await found.getByRole('link', { name: /^Line 5432\d\d$/ }).click()
  await page.waitForURL(/line=5432\d\d/)
  await page.reload()
  await found.getByText('the needle of').waitFor()
  await page.getByRole('button', { name: 'Regular expression' }).click()
  await page.getByRole('searchbox', { name: 'Search in this log' }).fill('done with (5|6)00000$')
  await page.keyboard.press('Enter')
  await found.getByText('done with 500000').waitFor()
  await page.getByRole('button', { name: 'Next match' }).click()
  await said.getByText('2 of 2').waitFor()
  await found.getByText('done with 600000').waitFor()
  await page.getByRole('button', { name: 'Match before' }).click()
  await found.getByText('done with 500000').waitFor()
  await page.getByRole('searchbox', { name: 'Search in this log' }).fill('(oops')
  await page.keyboard.press('Enter')
  await said.getByText(/A \) is missing/).waitFor()
}

async function folds(page: Page): Promise<void> {
  await page.getByLabel('Go to group').selectOption('Part 250001')
  const box = log(page, 'print')
  await box.getByText('Part 250001', { exact: true }).waitFor()
  await box.getByRole('button', { name: 'Group of 250000 lines', expanded: true }).click()
  const next = page.locator('.log-row', { hasText: 'Part 500001' })
  await next.waitFor()
  const [head] = (await page.locator('.log-row', { hasText: 'Part 250001' }).innerText()).split(
    '\n',
  )
  const shown = await numbers(page)
  assert.equal(shown[shown.indexOf(Number(head)) + 1], Number(head) + 250_000)
  await box.getByRole('button', { expanded: false }).click()
  await next.waitFor({ state: 'detached' })
}
