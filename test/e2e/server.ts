/** A server of its own with nothing on it, and a browser that looks at it. Tests only. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { end, readyAt, startDev } from '../support/dev-server.ts'
import { CHROMIUM } from './browser.ts'

export interface Served {
  /** A folder that is gone when the test is over; the data lie in it. */
  readonly folder: string
  readonly url: string
  /** Ends it, and starts it again where it was. */
  restart(): Promise<void>
}

/** Whoever comes is signed in. */
export async function serve(t: TestContext): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-e2e-'))
  // As root the database runs as another user, who must be able to walk in.
  chmodSync(folder, 0o711)
  const data = join(folder, 'data')
  let server = startDev(data, '0')
  t.after(async () => {
    await end(server)
    rmSync(folder, { recursive: true, force: true })
  })
  const url = await readyAt(server)
  return {
    folder,
    url,
    async restart() {
      await end(server)
      server = startDev(data, new URL(url).port)
      await readyAt(server)
    },
  }
}

export async function openBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox'],
  })
  t.after(() => browser.close())
  return browser
}
