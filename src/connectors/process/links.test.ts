import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBelowLink, leavesFolder } from './links.ts'

const leaves = (path: string, links: Record<string, string>) =>
  leavesFolder(path, new Map(Object.entries(links)))

describe('links of an artifact', () => {
  it('may lead anywhere inside', () => {
    assert.equal(leaves('bin/x', { 'bin/x': '../lib/x.js' }), false)
    assert.equal(leaves('a', { a: 'b', b: 'c/./d' }), false)
    assert.equal(leaves('a', { a: 'nowhere' }), false)
  })

  it('may not lead out, be it in one step or in many', () => {
    assert.equal(leaves('a', { a: '..' }), true)
    assert.equal(leaves('a', { a: '/etc/passwd' }), true)
    assert.equal(leaves('bin/x', { 'bin/x': '../../x' }), true)
    assert.equal(leaves('a', { a: 'b', b: '/etc' }), true)
    // By its text alone the second looks harmless: up/.. is where it started.
    assert.equal(leaves('z', { 'deep/up': '..', z: 'deep/up/../out' }), true)
  })

  it('may not lead in a circle', () => {
    assert.equal(leaves('a', { a: 'b', b: 'a' }), true)
    assert.equal(leaves('a', { a: 'a/b' }), true)
  })

  it('are never written through', () => {
    const links = new Map([['lib', 'elsewhere']])
    assert.equal(isBelowLink('lib/x', links), true)
    assert.equal(isBelowLink('lib', links), false)
    assert.equal(isBelowLink('library/x', links), false)
  })
})
