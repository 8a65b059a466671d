/**
 * What somebody does who was called out of bed: on a phone, or by keys alone. They see what is
 * wrong and whose it is, hold a canary, end it, and go back.
 */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { ask, go, press, tokenOf } from './acts.ts'
import type { Errand } from './errands.ts'

const PHONE = { width: 360, height: 740 }
const WIDE = { width: 1280, height: 860 }

async function onPhone(page: Page, run: () => Promise<void>): Promise<void> {
  await page.setViewportSize(PHONE)
  try {
    await run()
  } finally {
    await page.setViewportSize(WIDE)
  }
}

/** Nothing that has to be pressed lies outside of the window, or under something else. */
async function isInReach(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true })
  await button.scrollIntoViewIfNeeded()
  const box = await button.boundingBox()
  assert.ok(box !== null && box.x >= 0 && box.x + box.width <= PHONE.width, `${name} is cut off`)
  assert.ok(box.height >= 24, `${name} is too small to hit`)
}

const owns: Errand = {
  name: 'finds who owns a service that fails, on a phone',
  async run(page) {
    await onPhone(page, async () => {
      await go(page, 'n', 'Now')
      const broken = page.getByRole('region', { name: 'Broken' })
      await broken
        .getByText(/Held|Incident/)
        .first()
        .waitFor()
      await broken
        .getByRole('link', { name: /storefront in prod/ })
        .first()
        .click()
      await page.getByRole('heading', { level: 1, name: 'storefront' }).waitFor()
      assert.match(await page.locator('main header').first().innerText(), /owned by team-web/)
    })
  },
}

const carries: Errand = {
  name: 'finds which release carried a commit, by keys alone',
  async run(page) {
    const [newest] = await ask<{ sha: string }[]>(page, '/releases?service=storefront&limit=1')
    assert.ok(newest !== undefined)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill(newest.sha.slice(0, 9))
    await page.getByRole('option', { name: /release storefront/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /^storefront/ }).waitFor()
  },
}

/** No visitor comes any more: the canary proves nothing, and stays where it is. */
async function startCanary(page: Page): Promise<void> {
  const [dana, ana] = [await tokenOf(page, 'dana'), await tokenOf(page, 'ana')]
  const place = { service: 'storefront', environment: 'prod' }
  await ask(page, '/slots/resume', { ...place, reason: 'once more' })
  const wish = { ...place, version: '1.2.0' }
  const { id } = await ask<{ id: string }>(page, '/promotions', wish, dana)
  await ask(page, `/promotions/${id}/approve`, {}, ana)
}

const steers: Errand = {
  name: 'watches a canary on a phone, pauses it, and aborts it',
  async run(page) {
    await startCanary(page)
    await onPhone(page, async () => {
      await go(page, 'n', 'Now')
      const flying = page.getByRole('table', { name: 'Deployments in flight' })
      await flying.getByRole('link', { name: /storefront 1\.2\.0/ }).click()
      const bar = page.getByRole('region', { name: 'Actions' })
      for (const name of ['Pause', 'Advance', 'Abort']) await isInReach(page, name)
      // It stands then: who presses while it still moves on is asked again, and rightly.
      await page.getByText('No requests reach the canary').first().waitFor()
      await bar.getByRole('button', { name: 'Pause' }).click()
      await bar.getByRole('button', { name: 'Resume' }).waitFor()
      await bar.getByRole('button', { name: 'Abort' }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByText(/An abort cannot be taken back/).waitFor()
      const reason = dialog.getByLabel(/Reason/)
      if (await reason.isVisible()) await reason.fill('it looks wrong')
      const typed = dialog.getByLabel(/^Type /)
      if (await typed.isVisible()) await typed.fill('storefront')
      await dialog.getByRole('button', { name: /Go back to|Abort it/ }).click()
      await page
        .getByRole('status')
        .filter({ hasText: /Rolled back|Aborted/ })
        .first()
        .waitFor()
    })
  },
}

const commands: Errand = {
  name: 'goes back by a command of the palette, by keys alone, and reads why it may not first',
  async run(page) {
    await page.keyboard.press('Control+k')
    const box = page.getByRole('combobox')
    await box.fill('roll back storefront prod')
    const option = page.getByRole('option', { name: /Roll back storefront in prod/ })
    await option.waitFor()
    await page.keyboard.press('Enter')
    const form = page.getByRole('form', { name: /Roll back storefront in prod/ })
    const doIt = form.getByRole('button', { name: 'Do it' })
    assert.ok(await doIt.isDisabled(), 'it takes a reason, and the name')
    await form.getByLabel(/Reason/).fill('customers complain')
    await form.getByLabel(/^Type storefront/).fill('storefront')
    await doIt.and(page.locator(':enabled')).waitFor()
    await press(page, doIt)
    await page.getByRole('heading', { level: 1, name: 'storefront' }).waitFor()
    await page
      .getByText(/Held by admin/)
      .first()
      .waitFor()
    // Nothing is in flight to be paused: no such command is offered.
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('promote storefront prod')
    await page.getByRole('option', { name: /Promote the newest of storefront to prod/ }).click()
    await page
      .getByRole('form', { name: /Promote/ })
      .getByRole('button', { name: 'Leave it' })
      .click()
    await page.keyboard.press('Escape')
  },
}

/** As for somebody who has everything twice as large. */
const enlarges: Errand = {
  name: 'reads and acts with everything twice as large',
  async run(page) {
    await page.setViewportSize({ width: WIDE.width / 2, height: WIDE.height / 2 })
    try {
      for (const [key, name] of [
        ['n', 'Now'],
        ['s', 'Services'],
        ['r', 'Runs'],
        ['o', 'Rollouts'],
        ['c', 'Calendar'],
      ] as const) {
        await go(page, key, name)
        const overhang = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        assert.equal(overhang, 0, `${name} is wider than the window`)
      }
      await press(page, page.getByRole('button', { name: 'Declare a freeze' }))
      const dialog = page.getByRole('alertdialog')
      await dialog.getByRole('button', { name: 'Leave it' }).click()
    } finally {
      await page.setViewportSize(WIDE)
    }
  },
}

export const ON_CALL: readonly Errand[] = [owns, carries, enlarges, steers, commands]
