/** Files compared byte for byte with what is made now; `UPDATE=1` writes them anew. Tests only. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

/** `path` is below test/golden. */
export function golden(path: string, text: string): void {
  const file = new URL(`../golden/${path}`, import.meta.url)
  if (process.env['UPDATE'] === '1') {
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, text)
  }
  assert.equal(text, readFileSync(file, 'utf8'))
}
