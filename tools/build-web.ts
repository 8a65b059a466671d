/** Builds the web page when it was never built, or when its sources are newer. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param root where package.json stands
 * @returns the exit code of the page's build; 0 when there was nothing to do
 */
export async function buildWeb(root: string): Promise<number> {
  const web = join(root, 'web')
  const built = join(web, 'dist', 'index.html')
  const sources = Math.max(
    newest(join(web, 'src')),
    ...['index.html', 'vite.config.ts', 'package.json'].map((f) => statSync(join(web, f)).mtimeMs),
  )
  if (existsSync(built) && statSync(built).mtimeMs >= sources) return 0
  const child = spawn('npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn'], {
    cwd: web,
    // What it says belongs beside the program's own words, never between them.
    stdio: ['ignore', 2, 2],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

function newest(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )
}
