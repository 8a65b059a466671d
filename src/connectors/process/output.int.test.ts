import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { openOutput, OUTPUT_BYTES_KEPT, OUTPUT_BYTES_MAX, TAIL_BYTES_MAX } from './output.ts'

describe('output', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sb-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  const open = () => openOutput(join(dir, 'output'))

  it('has no tail before there is any, and all of it while it is short', () => {
    const output = open()
    assert.equal(output.tail(), '')
    output.bound()
    appendFileSync(output.path, 'one\ntwo\n')
    output.note('three')
    assert.equal(output.tail(), 'one\ntwo\nsignalbox: three\n')
  })

  it('shows whole lines at the end, whatever they are made of', () => {
    const output = open()
    appendFileSync(output.path, 'häufig\n'.repeat(2000))
    const tail = output.tail()
    assert.ok(Buffer.byteLength(tail) <= TAIL_BYTES_MAX)
    assert.deepEqual([...new Set(tail.trimEnd().split('\n'))], ['häufig'])
    appendFileSync(output.path, `${'x'.repeat(9000)}\n`)
    assert.equal(output.tail(), `${'x'.repeat(TAIL_BYTES_MAX - 1)}\n`)
  })

  it('keeps its end when it is cut, and shows it until there is more', () => {
    const output = open()
    appendFileSync(output.path, 'y'.repeat(OUTPUT_BYTES_MAX))
    output.bound()
    assert.equal(statSync(output.path).size, OUTPUT_BYTES_MAX)
    appendFileSync(output.path, '\nlast words\n')
    output.bound()
    assert.equal(statSync(output.path).size, 0)
    assert.equal(statSync(`${output.path}.1`).size, OUTPUT_BYTES_KEPT)
    assert.equal(output.tail(), 'last words\n')
    appendFileSync(output.path, 'more\n')
    assert.equal(output.tail(), 'last words\nmore\n')
  })
})
