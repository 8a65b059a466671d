/** Builds the web page when it was never built, or when its sources are newer. A few seconds, once. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WEB = fileURLToPath(new URL('../web', import.meta.url))
const built = join(WEB, 'dist', 'index.html')

function newest(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
}

const sources = Math.max(
  newest(join(WEB, 'src')),
  ...['index.html', 'vite.config.ts', 'package.json'].map((f) => statSync(join(WEB, f)).mtimeMs),
)
if (!existsSync(built) || statSync(built).mtimeMs < sources) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn'], {
    cwd: WEB,
    // What it says belongs beside the program's own words, never between them.
    stdio: ['ignore', 2, 2],
  })
  process.exitCode = status ?? 1
}
