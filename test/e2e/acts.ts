/** What people do on the pages, and not only read: by pointer where one is handy, else by keys. */
import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'
import type { Errand } from './errands.ts'

/** Asks as whoever is signed in; the answer is JSON. */
export function ask<T>(page: Page, path: string, body?: object, token?: string): Promise<T> {
  return page.evaluate(
    async ({ at, text, by }) => {
      const headers: Record<string, string> =
        text === undefined ? {} : { 'content-type': 'application/json' }
      if (by !== undefined) headers['authorization'] = `Bearer ${by}`
      const init = text === undefined ? {} : { method: 'POST', body: text }
      const credentials = by === undefined ? 'same-origin' : 'omit'
      const answer = await fetch(`/api/v1${at}`, { ...init, headers, credentials })
      if (!answer.ok) throw new Error(await answer.text())
      return answer.json()
    },
    { at: path, text: body && JSON.stringify(body), by: token },
  ) as Promise<T>
}

export async function tokenOf(page: Page, actor: string): Promise<string> {
  return (await ask<{ secret: string }>(page, `/actors/${actor}/tokens`, { days: 1 })).secret
}

const main = (page: Page) => page.locator('main')

/** The keys alone: what is focused is pressed, as somebody without a pointer would. */
export async function press(page: Page, button: Locator): Promise<void> {
  await button.focus()
  await page.keyboard.press('Enter')
}

export const go = async (page: Page, key: string, name: string) => {
  await page.keyboard.press('g')
  await page.keyboard.press(key)
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

const freezes: Errand = {
  name: 'declares a freeze without a pointer, and lifts it',
  async run(page) {
    await go(page, 'c', 'Calendar')
    await press(page, page.getByRole('button', { name: 'Declare a freeze' }))
    const dialog = page.getByRole('alertdialog')
    const freeze = dialog.getByRole('button', { name: 'Freeze it' })
    await dialog.getByLabel(/Name/).fill('by-keys')
    await dialog.getByLabel('Frozen environment').selectOption('staging')
    assert.ok(await freeze.isDisabled(), 'it takes a reason')
    await dialog.getByLabel(/Reason/).fill('the database moves')
    await press(page, freeze)
    const rows = page.getByRole('table', { name: 'Freezes' }).getByRole('row')
    await rows.filter({ hasText: /by-keys.*holds, ends in/ }).waitFor()
    // That of the errand before is over too.
    for (const name of ['by-keys', 'e2e']) {
      const row = rows.filter({ hasText: name })
      await press(page, row.getByRole('button', { name: 'Lift' }))
      await dialog.getByLabel(/Reason/).fill('it has moved')
      await press(page, dialog.getByRole('button', { name: 'Lift it' }))
      await row.waitFor({ state: 'detached' })
    }
  },
}

const FLAG = `
apiVersion: signalbox.dev/v1
kind: Flag
metadata: { name: new-list }
spec: { service: catalog, description: A list that is sorted }
`

const kills: Errand = {
  name: 'gives a flag to a tenth, and kills it by its name',
  async run(page) {
    await ask(page, '/manifests', { files: [{ path: 'flag.yaml', text: FLAG }] })
    await go(page, 'f', 'Flags')
    await page.getByRole('link', { name: 'new-list' }).click()
    const prod = page.getByRole('region', { name: 'prod', exact: true })
    await prod.getByRole('button', { name: 'Change' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel('on, percent').fill('10')
    await dialog.getByRole('button', { name: 'Ask for it' }).click()
    // What is given by now; the wish for it, shown while it waits, reads the same elsewhere.
    const shares = prod.getByRole('list', { name: 'Shares' })
    await shares.getByText('10 %', { exact: true }).waitFor()
    await prod.getByRole('button', { name: 'Kill' }).click()
    const kill = dialog.getByRole('button', { name: 'Kill it' })
    await dialog.getByLabel(/Reason/).fill('the list is empty')
    assert.ok(await kill.isDisabled(), 'it takes its name as well')
    await dialog.getByLabel(/Type new-list/).fill('new-list')
    await kill.click()
    await prod.getByText(/Killed by admin.*the list is empty/).waitFor()
    // It would be refused now, and says so before anybody tries.
    await prod.getByText('It is killed already').waitFor()
    assert.ok(await prod.getByRole('button', { name: 'Kill' }).isDisabled())
  },
}

const burns: Errand = {
  name: 'sees an emergency from everywhere, and why its review cannot be signed yet',
  async run(page) {
    const [dana, ben] = [await tokenOf(page, 'dana'), await tokenOf(page, 'ben')]
    const incident = await ask<{ id: string }>(
      page,
      '/incidents',
      { service: 'payments', environment: 'prod', title: 'Payments fail' },
      dana,
    )
    const { id } = await ask<{ id: string }>(
      page,
      '/emergencies',
      {
        service: 'payments',
        environment: 'prod',
        incident: incident.id,
        reason: 'nobody can pay any more',
      },
      dana,
    )
    const banner = page.getByRole('region', { name: 'Emergencies', exact: true })
    await banner.getByText('waits for 1 approval').waitFor()
    await ask(page, `/emergencies/${id}/approve`, {}, ben)
    await banner.getByText(/Stands, .* left/).waitFor()
    await banner.getByRole('link', { name: /payments in prod/ }).click()
    await page.getByRole('status').filter({ hasText: 'Stands' }).waitFor()
    const sign = page.getByRole('button', { name: 'Sign the review' })
    await page.getByText(/The emergency stands, .* End it first/).waitFor()
    assert.ok(await sign.isDisabled())
    await page.getByRole('button', { name: 'End it' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByLabel(/Reason/).fill('they can pay again')
    await dialog.getByRole('button', { name: 'End it' }).click()
    await page.getByRole('status').filter({ hasText: 'Over' }).waitFor()
    await banner.waitFor({ state: 'detached' })
    await sign.and(page.locator(':enabled')).waitFor()
    await go(page, 'n', 'Now')
    await page
      .getByRole('list', { name: 'Emergencies and reviews' })
      .getByText('Review owed')
      .waitFor()
  },
}

const approves: Errand = {
  name: 'reads why a promotion waits, approves it, and withdraws it',
  async run(page) {
    const dana = await tokenOf(page, 'dana')
    const wish = { service: 'storefront', environment: 'prod', version: '1.2.0' }
    await ask(page, '/promotions', wish, dana)
    await go(page, 'n', 'Now')
    const waiting = page.getByRole('region', { name: 'Waiting' })
    const one = waiting.getByRole('listitem').filter({ hasText: 'storefront 1.2.0' })
    await one.getByText('1 more approval is needed').waitFor()
    await one.getByText(/The slot is held/).waitFor()
    await press(page, one.getByRole('button', { name: /^Approve storefront/ }))
    await one.getByText('1 of 1 approvals: admin').waitFor()
    await one.getByRole('link', { name: /storefront/ }).click()
    await page.getByRole('button', { name: 'Withdraw' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Withdraw it' }).click()
    await page.getByRole('button', { name: 'Promote 1.2.0' }).waitFor()
  },
}

const counts: Errand = {
  name: 'reads a figure, and what was counted for it',
  async run(page) {
    await go(page, 'i', 'Insights')
    await page.getByLabel('Service').selectOption('storefront')
    await page.getByText('Targets of tier 1.').waitFor()
    await press(page, page.getByRole('link', { name: 'Debug this number for Change failure rate' }))
    const counted = page.getByRole('table', { name: 'What was counted' })
    await counted
      .getByRole('row', { name: /failed/ })
      .first()
      .waitFor()
    await go(page, 'v', 'Governance')
    const rooms = page.getByRole('navigation', { name: 'Governance' })
    await press(page, rooms.getByRole('link', { name: 'Access' }))
    await page.getByRole('table', { name: 'Actors' }).getByRole('row', { name: /dana/ }).waitFor()
    await press(page, rooms.getByRole('link', { name: 'Audit log' }))
    const log = page.getByRole('table', { name: 'What was done' })
    await log
      .getByRole('row', { name: /storefront 1\.2\.0 rolled back/ })
      .first()
      .waitFor()
  },
}

const writes: Errand = {
  name: 'writes release notes beside their preview, and nothing in them runs',
  async run(page) {
    await go(page, 'l', 'Releases')
    await main(page)
      .getByRole('link', { name: /storefront 1\.2\.0/ })
      .click()
    const notes = page.getByRole('region', { name: 'Release notes' })
    await press(page, notes.getByRole('button', { name: 'Write them' }))
    const text = notes.getByLabel('Markdown')
    await text.fill('## New\n\n- **Faster** baskets\n\n<img src=x onerror=alert(1)>')
    const preview = notes.getByRole('region', { name: 'Preview' })
    await preview.getByRole('heading', { name: 'New' }).waitFor()
    assert.equal(await preview.locator('img').count(), 0)
    await text.press('Control+Enter')
    await notes.getByText(/written by admin/).waitFor()
    await notes.getByText('<img src=x onerror=alert(1)>').waitFor()
  },
}

export const ACTS: readonly Errand[] = [freezes, kills, approves, counts, writes, burns]
