/** What people come for after the story was told: each errand on its pages, by keys where it can. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

export interface Errand {
  readonly name: string
  run(page: Page): Promise<void>
}

const main = (page: Page) => page.locator('main')

/** Whoever has a version goes there without a pointer, and reads why it may not go. */
const finds: Errand = {
  name: 'finds a release by its version, and reads why it may not go',
  async run(page) {
    await page.keyboard.press('Control+k')
    const box = page.getByRole('combobox')
    await box.fill('storefront 1.2')
    await page.getByRole('option', { name: /release storefront 1\.2\.0/ }).waitFor()
    await box.press('ArrowDown')
    await box.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'storefront 1.2.0' }).waitFor()
    await page.getByText(/The slot is held: 1\.2\.0 was rolled back/).waitFor()
    // An author of it is told that they may not approve it, before they try.
    assert.match(await main(page).innerText(), /May not approve it\s+dana, who wrote/)
  },
}

const decides: Errand = {
  name: 'sees of all services at once which may go',
  async run(page) {
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    const matrix = page.getByRole('table', { name: 'Go or no-go for prod' })
    await matrix.getByRole('row', { name: /storefront 1\.2\.0 Waits/ }).waitFor()
    await page.getByLabel('Service').selectOption('catalog')
    await matrix.getByRole('row', { name: /storefront/ }).waitFor({ state: 'detached' })
    // Whoever is sent the address sees the same.
    await page.reload()
    await matrix.getByRole('row', { name: /catalog/ }).waitFor()
    assert.equal(await matrix.getByRole('row', { name: /storefront/ }).count(), 0)
  },
}

const asks: Errand = {
  name: 'asks whether it may deploy while it is frozen',
  async run(page) {
    await page.evaluate(async () => {
      const [reason, endsAt] = ['the office is empty', Date.now() + 3_600_000]
      const body = JSON.stringify({
        name: 'e2e',
        environments: ['prod'],
        services: ['*'],
        reason,
        endsAt,
      })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch('/api/v1/freezes', { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
    })
    // The strip above every page hears of it by itself.
    await page
      .getByRole('list', { name: 'Environments', exact: true })
      .getByText('frozen')
      .waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    // The page before it has labels of its own until this one is there.
    await page.getByRole('heading', { level: 1, name: 'Calendar' }).waitFor()
    await page.getByLabel('Service').selectOption('storefront')
    await page.getByText('prod is closed for storefront').waitFor()
    const rules = page.getByRole('list', { name: 'Rules that were asked' })
    assert.match(await rules.innerText(), /the office is empty/)
  },
}

const follows: Errand = {
  name: 'follows a digest from its commit to where it runs',
  async run(page) {
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page
      .getByRole('link', { name: /^sha256:/ })
      .first()
      .waitFor()
    // The first link of the first row, by the keys for rows.
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const chain = page.getByRole('list', { name: 'Chain of provenance' })
    await chain.getByRole('link', { name: 'prod', exact: true }).waitFor()
    await page.getByText('Everything that it owes is signed').waitFor()
    assert.match(await chain.innerText(), /Source[^]*Run[^]*Artifact[^]*Release[^]*prod/)
  },
}

const lists: Errand = {
  name: 'narrows rollouts to those that were rolled back',
  async run(page) {
    await page.keyboard.press('g')
    await page.keyboard.press('o')
    await page.getByLabel('State').selectOption('rolledBack')
    const rows = page.getByRole('table').getByRole('row')
    await rows.nth(2).waitFor({ state: 'detached' })
    await rows.nth(1).waitFor()
    assert.equal(await rows.count(), 2, 'the heading and one rollout')
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('table', { name: 'Runs' }).getByRole('row').nth(1).waitFor()
  },
}

/** What a start and a cancel touch is said before; the latter takes the plan's name typed. */
const plans: Errand = {
  name: 'starts a plan, reads what it waits for, and cancels it',
  async run(page) {
    await page.evaluate(async () => {
      const items = [{ service: 'catalog' }, { service: 'storefront', after: ['catalog'] }]
      const body = JSON.stringify({ name: 'e2e', environment: 'prod', items })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch('/api/v1/plans', { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
    })
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.getByRole('table', { name: 'Release plans' }).getByRole('link').first().click()
    await page.getByRole('heading', { level: 1, name: /e2e/ }).waitFor()
    await page.getByRole('button', { name: 'Start' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText(/storefront 1\.2\.0 goes to prod after catalog/).waitFor()
    await dialog.getByRole('button', { name: 'Start it' }).click()
    const row = page.getByRole('row', { name: /storefront 1\.2\.0/ })
    await row.filter({ hasText: /On its way.*more approval is needed/ }).waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    const cancel = dialog.getByRole('button', { name: 'Cancel it' })
    await dialog.getByLabel(/Reason/).fill('not today')
    assert.ok(await cancel.isDisabled(), 'it takes its name as well')
    await dialog.getByLabel(/Type e2e/).fill('e2e')
    await cancel.click()
    await page.getByText('Left for people to do').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Cancel', exact: true }).count(), 0)
  },
}

/** Where a rollback would go is read before anything is done, and nothing is. */
const looksBack: Errand = {
  name: 'reads where a rollback would go, how fast and why, and leaves it',
  async run(page) {
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await main(page).getByRole('link', { name: 'storefront' }).click()
    const slots = page.getByRole('list', { name: 'Environments of this service' })
    const prod = slots.getByRole('listitem').filter({ hasText: /^prod/ })
    await prod.getByRole('button', { name: 'Roll back' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText(/From 1\.1\.0 back to 1\.0\.0\. At once/).waitFor()
    await dialog.getByText(/inside the rollback window/).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.match(await prod.innerText(), /1\.1\.0/)
  },
}

export const ERRANDS: readonly Errand[] = [finds, decides, follows, lists, looksBack, plans, asks]
