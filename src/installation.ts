/**
 * Where this program is installed, and what stands there beside its code. Found by walking up: the
 * code runs from src/ and, bundled, from dist/; no path relative to a source file holds in both.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = folderOfManifest(import.meta.dirname)

/** What is started for every further process: it chooses the Node and the code. */
export const PROGRAM = join(root, 'bin', 'signalbox.mjs')
/** The page, once it is built. */
export const WEB = join(root, 'web', 'dist')
/** The services of the demonstration. */
export const EXAMPLES = join(root, 'examples')
export const { version: VERSION } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as { readonly version: string }

function folderOfManifest(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const above = dirname(from)
  assert.notEqual(above, from, 'no package.json above the code: the installation is incomplete')
  return folderOfManifest(above)
}
