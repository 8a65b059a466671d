/** A page of ours as PDF, by the Chromium of this machine: a folder of its own, no network. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Fault } from '#kernel/fault.ts'

const run = promisify(execFile)
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** A page of some tables takes a second; a machine in trouble gets a minute. */
const PRINT_MS = 60_000

export async function printPdf(page: string, path: string): Promise<Buffer> {
  const program = path
    .split(':')
    .flatMap((folder) => PROGRAMS.map((name) => join(folder, name)))
    .find((file) => existsSync(file))
  if (program === undefined)
    throw new Fault('report.no-chromium', 'There is no Chromium here to print with.', {
      remedy: 'Install it (apt-get install chromium), or take --format html and print that.',
      retry: false,
    })
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-report-'))
  const [html, pdf] = [join(folder, 'report.html'), join(folder, 'report.pdf')]
  try {
    writeFileSync(html, page)
    // Chromium's own sandbox refuses root; the page is ours, and has no script.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const quiet = ['--headless', '--disable-gpu', '--no-first-run', '--no-pdf-header-footer']
    const apart = [
      `--user-data-dir=${join(folder, 'profile')}`,
      '--host-resolver-rules=MAP * ~NOTFOUND',
    ]
    const args = [...quiet, ...apart, ...asRoot, `--print-to-pdf=${pdf}`, `file://${html}`]
    await run(program, args, { timeout: PRINT_MS, env: { PATH: path, HOME: folder } })
    return readFileSync(pdf)
  } catch (cause) {
    throw new Fault('report.not-printed', 'Chromium did not print the report.', {
      remedy: 'Take --format html and print that.',
      cause,
      retry: false,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
