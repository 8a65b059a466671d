/**
 * Writes docs/reference/: every refusal and fault in the code, every setting, every verb, every
 * manifest's schema. A test compares, so a code without a page, or a page without a code, is red.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { referencePages } from './reference/pages.ts'

for (const [path, text] of Object.entries(await referencePages())) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.log(path)
}
