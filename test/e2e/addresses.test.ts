import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { ADDRESSES } from './addresses.ts'

it('every page of the router is looked at', () => {
  const router = readFileSync('web/src/router.tsx', 'utf8')
  const paths = [...router.matchAll(/(?:path: |page\()'(\/[^']*)'/g)].map(([, path]) => path)
  assert.deepEqual(Object.keys(ADDRESSES).toSorted(), paths.toSorted())
})
