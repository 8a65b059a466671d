/**
 * Whoever may push may write anything: into messages, branches, logs, names of tests, descriptions.
 * On every page it is text, as it was written, and nothing of it runs.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { GitRepository } from '../support/git-repository.ts'
import { CHROMIUM } from './browser.ts'
import { openBrowser, serve } from './server.ts'
import { askAs, pathsOn } from './sweep.ts'
import { watch } from './watched.ts'

const WAIT_MS = 180_000
const IMAGE = '<img src=x onerror=alert(1)>'
const SCRIPT = '</script><script>alert(2)</script>'
const LINK = '[read me](javascript:alert(3))'
const BRANCH = 'x/<svg/onload=alert(4)>'
const SUBJECT = `feat: ${IMAGE} ${LINK}`
const TEST_NAME = `takes ${IMAGE}`
const xml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const JUNIT = `<testsuites><testsuite name="${xml(SCRIPT)}">
<testcase classname="shop" name="${xml(TEST_NAME)}"><failure message="${xml(IMAGE)}">${xml(SCRIPT)}</failure></testcase>
</testsuite></testsuites>`
const LOG = `\u001B]8;;javascript:alert(5)\u0007click\u001B]8;;\u0007 ${IMAGE}\n\u001B[31m${SCRIPT}\u001B[0m\n`

const environment = `apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: dev }
spec: { kind: development, ports: { from: 23950, to: 23979 } }
`
const service = (repository: string) => `apiVersion: signalbox.dev/v1
kind: Service
metadata:
  name: hostile
  owner: team-x
  tier: 3
  description: ${JSON.stringify(`\u202EsyaS ${IMAGE} ${SCRIPT}`)}
spec:
  source: { repository: ${repository}, branch: ${JSON.stringify(BRANCH)} }
  path: [dev]
  deploy: { run: { argv: [node, server.js], health: /healthz } }
  links: { runbook: 'javascript:alert(6)' }
`
const pipeline = `---
apiVersion: signalbox.dev/v1
kind: Pipeline
spec:
  jobs:
    good: { run: cat log.txt }
    bad: { needs: [good], run: sh -c "cp results.xml junit.xml; cat log.txt; exit 1", reports: { junit: junit.xml } }
`

test(
  'nothing that somebody wrote runs on any page',
  { timeout: 600_000, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    const { folder, url } = await serve(t)
    const repository = new GitRepository(join(folder, 'repository'))
    const text = service(repository.bare)
    const files = { 'signalbox.yaml': text + pipeline, 'results.xml': JUNIT, 'log.txt': LOG }
    repository.commit(`${SUBJECT}\n\n${SCRIPT}\n`, files, { name: IMAGE, email: 'x@example.org' })
    repository.push(`HEAD:refs/heads/${BRANCH}`)
    const context = await (await openBrowser(t)).newContext({ reducedMotion: 'reduce' })
    const watched = watch(context, url)
    const post = async (path: string, data: object) => {
      const answer = await context.request.post(`${url}/api/v1${path}`, { data })
      assert.ok(answer.ok(), await answer.text())
    }
    await post('/manifests', { files: [{ path: 'all.yaml', text: `${environment}---\n${text}` }] })
    await post('/repositories/push', { repository: repository.bare, branch: BRANCH })
    await post('/freezes', {
      name: 'hostile',
      environments: ['dev'],
      services: ['*'],
      reason: `${IMAGE} ${LINK}`,
      endsAt: Date.now() + 3_600_000,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(WAIT_MS)

    await page.goto(`${url}/runs`)
    await page.getByRole('cell', { name: BRANCH }).waitFor()
    await page
      .getByRole('cell', { name: /failed/i })
      .first()
      .waitFor()
    await page
      .getByRole('link', { name: /hostile/ })
      .first()
      .click()
    await page.getByText(TEST_NAME).waitFor()
    const log = page.getByRole('log', { name: 'Log of bad' })
    await log.getByText(IMAGE).waitFor()
    assert.equal(await log.locator('a[href^="javascript:"]').count(), 0)

    for (const path of await pathsOn(askAs(context, url))) {
      await page.goto(`${url}${path}`)
      await page.locator('main h1').first().waitFor()
      await page.waitForFunction(() => !document.body.innerText.includes('Asking …'))
      assert.deepEqual(await injected(page), [], path)
    }
    await page.goto(`${url}/services/hostile`)
    await page.getByText(IMAGE).first().waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(repository.head())
    await page.getByRole('option', { name: /run hostile/ }).waitFor()
    assert.deepEqual(await injected(page), [])
    assert.deepEqual(watched.take(), [])
  },
)

/** What would be there if a text had become a part of the page. */
function injected(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const ours = 'img[src="x"], svg[onload], script:not([src]), a[href^="javascript:" i], [onerror]'
    return [...document.querySelectorAll(ours)].map((element) => element.outerHTML)
  })
}
