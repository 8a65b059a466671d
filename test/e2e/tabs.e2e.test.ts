/** One line to the server for all tabs, and nothing missed when the server, or a tab, goes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { CHROMIUM } from './browser.ts'
import { openBrowser, serve } from './server.ts'

const WAIT_MS = 120_000
const RESTARTS = 5

async function streams(context: BrowserContext, url: string): Promise<number> {
  const text = await (await context.request.get(`${url}/metrics`)).text()
  return Number(/^signalbox_stream_clients\S* (\d+)/m.exec(text)?.[1] ?? Number.NaN)
}

test(
  'tabs share a line, and hear everything through five restarts of the server',
  { timeout: 600_000, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    const served = await serve(t)
    const { url } = served
    const context = await (await openBrowser(t)).newContext()
    let opened = 0
    context.on('request', (request) => {
      if (request.url().includes('/api/v1/stream')) opened += 1
    })
    const tabs: Page[] = []
    for (let n = 0; n < 3; n++) {
      const page = await context.newPage()
      page.setDefaultTimeout(WAIT_MS)
      await page.goto(`${url}/calendar`)
      await page.getByText('live', { exact: false }).first().waitFor()
      tabs.push(page)
    }
    assert.equal(opened, 1, 'three tabs, one stream')
    await freeze(context, url, 'one')
    for (const tab of tabs) await shows(tab, 'one')

    // The tab that listens goes; another goes on where it was.
    await tabs.shift()?.close()
    await freeze(context, url, 'two')
    for (const tab of tabs) await shows(tab, 'two')
    assert.equal(opened, 2)

    for (let n = 0; n < RESTARTS; n++) {
      await served.restart()
      // Before any tab has come back, or after: either way nobody misses it.
      await freeze(context, url, `again-${n}`)
      for (const tab of tabs) await shows(tab, `again-${n}`)
    }
    assert.equal(await streams(context, url), 1)
  },
)

async function freeze(context: BrowserContext, url: string, name: string): Promise<void> {
  const data = {
    ...{ name, environments: ['*'], services: ['*'], reason: 'to be heard of' },
    endsAt: Date.now() + 3_600_000,
  }
  const answer = await context.request.post(`${url}/api/v1/freezes`, { data })
  assert.ok(answer.ok(), await answer.text())
}

const shows = (page: Page, name: string) =>
  page.getByRole('table', { name: 'Freezes' }).getByText(name, { exact: true }).waitFor()
