/** Who is behind a pid, from what the system tells about it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holderOf, parseProcStat, parsePs } from './process-state.ts'

test("a command's name does not pass for more than a name", () => {
  const hostile = '77 (x) Z 1 (postgres) S 1 2 3\n'
  assert.deepEqual(parseProcStat(hostile), { command: 'x) Z 1 (postgres', state: 'S' })
  const isRead = (command: string) =>
    assert.deepEqual(parseProcStat(`1 (${command}) Z 1 2 3`), { command, state: 'Z' })
  fc.assert(fc.property(fc.string(), isRead))
})

test('what is no status of a process says nothing', () => {
  for (const text of ['', '77', '77 postgres S 1', '77 (postgres)'])
    assert.equal(parseProcStat(text), undefined)
})

test('where there is no /proc, the arguments tell', () => {
  const server = 'Ss   /opt/bin/postgres -D /data/cluster -c fsync=on'
  assert.equal(parsePs(server, '/data/cluster'), 'server')
  assert.equal(parsePs(server, '/data/clus'), 'stranger')
  assert.equal(parsePs('Ss   postgres: checkpointer', '/data/cluster'), 'stranger')
  assert.equal(parsePs('S    vi /x/postgres -D /data/cluster.txt', '/data/cluster'), 'stranger')
  assert.equal(parsePs('Z    (postgres)', '/data/cluster'), 'zombie')
  assert.equal(parsePs('', '/data/cluster'), 'gone')
})

test('we ourselves are a stranger, and no process has an impossible pid', async () => {
  assert.equal(await holderOf(process.pid, process.cwd()), 'stranger')
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31 - 1])
    assert.equal(await holderOf(pid, process.cwd()), 'gone')
})
