/**
 * Errands of those who answer for how releases are made: a figure taken apart, a report published, a
 * policy tried, a bundle taken along. A server of its own, told by import what others saw.
 */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { startServer } from '../../src/demo/server.ts'
import { CHROMIUM, violations } from './browser.ts'

const WAIT_MS = 60_000
const DAY = 86_400_000
const main = (page: Page) => page.locator('main')

const manifests = (repository: string) => `
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: prod }
spec: { kind: production, ports: { from: 24680, to: 24689 } }
---
apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: shop, owner: web, tier: 1, description: Sells things }
spec:
  source: { repository: '${repository}' }
  artifact: { kind: tarball }
  path: [prod]
  deploy: { run: { argv: [node, server.js], health: /healthz } }
`

/** A deployment a day, and one of them failed. */
function observations(now: number): readonly object[] {
  return Array.from({ length: 20 }, (_, i) => {
    const at = now - (60 - i) * DAY
    const about = {
      deployment: `d${i}`,
      service: 'shop',
      environment: 'prod',
      outcome: 'succeeded',
    }
    return {
      type: 'deployment.finished',
      occurredAt: at,
      recordedAt: at,
      ...about,
      isExposed: true,
    }
  }).concat([
    ...([
      ['incident.opened', { service: 'shop', environment: 'prod', title: 'Nobody can pay' }],
      ['incident.causeLinked', { deployment: 'd3', isConfirmed: true }],
      ['incident.mitigated', {}],
    ].map(([type, facts], i) => {
      const at = now - 57 * DAY + (i + 1) * 60_000
      return { type, occurredAt: at, recordedAt: at, incident: 'i1', ...(facts as object) }
    }) as never[]),
  ])
}

test(
  'somebody takes figures, policies and evidence apart',
  { timeout: 5 * WAIT_MS, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sbe-'))
    // As root the database runs as an ordinary user, who has to get through.
    chmodSync(folder, 0o711)
    const server = await startServer(
      join(folder, 'data'),
      process.env['PATH'] ?? '',
      'bin/signalbox.mjs',
    )
    const browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox'],
    })
    t.after(async () => {
      await browser.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const { admin } = server
    await admin.post('/manifests', {
      files: [{ path: 'all.yaml', text: manifests(join(folder, 'git')) }],
    })
    await admin.post('/observations', observations(Date.now()))
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    page.setDefaultTimeout(WAIT_MS)
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    const go = async (path: string) => {
      await page.goto(new URL(path, server.url).href)
      await main(page).getByRole('heading', { level: 1 }).waitFor()
      await page.waitForFunction(
        () => !document.querySelector('main')?.textContent.includes('Asking …'),
      )
    }
    const isFine = async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        assert.deepEqual(await violations(page), [])
      }
    }
    await page.goto(server.signIn)

    await t.test('takes a figure apart, down to the facts that it was counted from', async () => {
      await go('/insights?days=365')
      const card = page.getByRole('article', { name: 'Change failure rate' })
      await card.getByText('5.0 %').first().waitFor()
      await isFine()
      const debug = card.getByRole('link', { name: /^Debug this number/ })
      await debug.focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: 'Change failure rate' }).waitFor()
      await page.getByLabel('Counted as').selectOption(/failed: incident i1/.source)
      const rows = page.getByRole('table', { name: 'What was counted' }).getByRole('row')
      await rows.filter({ hasText: 'd3' }).waitFor()
      assert.equal(await rows.count(), 2, 'the heading and one deployment')
      await page.getByRole('table', { name: 'Change failure rate by service' }).waitFor()
      await isFine()
    })

    await t.test(
      'publishes the report of a month, and prints it without the pages around',
      async () => {
        const month = new Date(Date.now() - 45 * DAY).toISOString().slice(0, 7)
        await go(`/insights/report?period=month&from=${month}-01`)
        await page.getByRole('button', { name: 'Publish' }).click()
        await page.getByRole('alertdialog').getByRole('button', { name: 'Publish it' }).click()
        await page.getByText('revision 1, published').waitFor()
        await isFine()
        await page.emulateMedia({ media: 'print' })
        await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'hidden' })
        assert.ok(await page.getByRole('table', { name: 'Figures of the report' }).isVisible())
        await page.emulateMedia({ media: 'screen' })
      },
    )

    await t.test('tries a policy, and reads what is wrong with another', async () => {
      await go('/governance')
      await page.getByRole('navigation', { name: 'Governance' }).getByText('Policies').click()
      const form = page.getByRole('form', { name: 'Policy and facts' })
      await form.getByLabel('tests', { exact: true }).selectOption('failed')
      await form.getByRole('button', { name: 'Try it' }).click()
      await page.getByText('A check denies it').waitFor()
      const checks = page.getByRole('list', { name: 'Checks that were tried' })
      await checks.getByText(/tests: failed/).waitFor()
      const policy = form.getByLabel(/Policy, as YAML/)
      const document = (row: string) =>
        `apiVersion: signalbox.dev/v1\nkind: Policy\nmetadata: { name: default }\nspec: { rows: { '1/production': ${row} } }\n`
      await policy.fill(document('{ aprovals: { count: 3 } }'))
      await form.getByRole('button', { name: 'Try it' }).click()
      await page.getByRole('alert').getByText('Did you mean approvals?').waitFor()
      await policy.fill(document('{ approvals: { count: 3 }, checks: [sbom] }'))
      await form.getByRole('button', { name: 'Try it' }).click()
      await page.getByText('Its checks let it pass').waitFor()
      const changes = page.getByRole('table', { name: 'What would change' })
      await changes.getByRole('row', { name: /approvals\.count 1 3/ }).waitFor()
      assert.equal((await admin.get<unknown[]>('/policies')).length, 0, 'nothing was kept')
      await isFine()
    })

    await t.test('exports a bundle, and finds what was done on record', async () => {
      await go('/governance/evidence')
      const region = page.getByRole('region', { name: 'Bundle for auditors' })
      const button = region.getByRole('button', { name: 'Export' })
      assert.ok(await button.isDisabled())
      await region.getByText('Choose a service.').waitFor()
      await region.getByLabel('Service').selectOption('shop')
      await button.click()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        region.getByRole('link', { name: 'Save evidence-shop.tar' }).click(),
      ])
      assert.equal(download.suggestedFilename(), 'evidence-shop.tar')
      await isFine()
    })

    await t.test('sees which runbooks, incidents and settings there are', async () => {
      await go('/governance/runbooks')
      const book = page.getByRole('row', { name: /shop/ })
      await book.getByText('none linked').waitFor()
      await book.getByText(/set links:/).waitFor()
      const wish = { service: 'shop', environment: 'prod', title: 'Nobody can pay' }
      const { id } = await admin.post<{ id: string }>('/incidents', wish)
      await admin.post(`/incidents/${id}/page`, { reason: 'somebody is needed' })
      await go(`/incidents/${id}`)
      await page.getByRole('button', { name: 'Acknowledge' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'I do' }).click()
      await page.getByRole('status').getByText('Open, admin looks after it').waitFor()
      await isFine()
      for (const room of ['records', 'connections', 'settings', 'access', 'waivers', 'audit']) {
        await go(`/governance/${room}`)
        await isFine()
      }
      await go('/governance/nothing')
      await page.getByText('There is no room nothing').waitFor()
    })
    assert.deepEqual(errors, [])
  },
)
