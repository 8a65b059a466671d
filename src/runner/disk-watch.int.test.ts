import assert from 'node:assert/strict'
import test from 'node:test'
import { startBench } from '../../test/support/runner.ts'

const MIB = 1024 * 1024
const resources = { diskBytes: 8 * MIB }
const write = (mib: number, to: string) => `head -c ${mib * MIB} /dev/zero > ${to}`

test('a job that fills the disk is ended, with a reason of its own', async (t) => {
  const { work } = await startBench(t)
  const end = await work({ job: { run: `${write(20, 'big')}; sleep 60; echo ran`, resources } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'policy'], end.log)
  assert.match(end.log, /it may use 8388608 bytes of disk/)
  assert.ok(!end.log.includes('\nran\n') && !end.log.includes('cannot bound disk'))
})

test('what it writes beside its source counts too, and an end too quick to be seen', async (t) => {
  const { work } = await startBench(t)
  for (const place of ['"$HOME/big"', '"$TMPDIR/big"']) {
    const end = await work({ job: { run: write(20, place), resources } })
    assert.deepEqual([end.outcome, end.reason], ['failed', 'policy'], end.log)
  }
  const small = await work({ job: { run: write(2, 'small'), resources } })
  assert.equal(small.outcome, 'succeeded', small.log)
})
