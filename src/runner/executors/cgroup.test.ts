import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { type Cgroups, listsOf, makeCgroup, oomKillsOf, removeCgroups } from './cgroup.ts'

/** Folders that look like those of the kernel, but for what the kernel does with them. */
function makeTree(t: TestContext, version: 1 | 2): { root: string; all: Cgroups } {
  const root = mkdtempSync(join(tmpdir(), 'cgroup-'))
  t.after(() => rmSync(root, { recursive: true }))
  const controllers = ['memory', 'pids', 'cpu'] as const
  const folderOf = (name: string) => (version === 2 ? root : join(root, name))
  for (const name of controllers) mkdirSync(folderOf(name), { recursive: true })
  return { root, all: { version, folders: new Map(controllers.map((n) => [n, folderOf(n)])) } }
}
const resources = { memoryBytes: 64 * 1024 * 1024, pids: 50, cpu: 0.5 }

test('in version 2 one group has all bounds', (t) => {
  const { root, all } = makeTree(t, 2)
  const group = makeCgroup(all, 'job', resources)
  assert.deepEqual(group.lists, [join(root, 'job', 'cgroup.procs')])
  assert.deepEqual(new Set(group.bounded), new Set(['memoryBytes', 'pids', 'cpu']))
  const at = (file: string) => readFileSync(join(root, 'job', file), 'utf8')
  assert.equal(at('memory.max'), '67108864')
  assert.equal(at('memory.swap.max'), '0')
  assert.equal(at('pids.max'), '50')
  assert.equal(at('cpu.max'), '50000 100000')
  writeFileSync(join(root, 'job', 'memory.events'), 'oom 3\noom_kill 2\n')
  assert.equal(oomKillsOf(all, 'job'), 2)
})

test('in version 1 each controller has a group of its own', (t) => {
  const { root, all } = makeTree(t, 1)
  const group = makeCgroup(all, 'job', resources)
  const lists = ['memory', 'pids', 'cpu'].map((name) => join(root, name, 'job', 'cgroup.procs'))
  assert.deepEqual(group.lists, lists)
  assert.deepEqual(listsOf(all, 'job'), lists)
  const at = (path: string) => readFileSync(join(root, path), 'utf8')
  assert.equal(at('memory/job/memory.limit_in_bytes'), '67108864')
  assert.equal(at('pids/job/pids.max'), '50')
  assert.equal(at('cpu/job/cpu.cfs_quota_us'), '50000')
  writeFileSync(join(root, 'memory/job/memory.oom_control'), 'under_oom 0\noom_kill 1\n')
  assert.equal(oomKillsOf(all, 'job'), 1)
})

test('what cannot be bounded is not said to be', (t) => {
  const { root, all } = makeTree(t, 1)
  // A file where the group would be.
  writeFileSync(join(root, 'memory', 'job'), '')
  assert.deepEqual(makeCgroup(all, 'job', resources).bounded, ['pids', 'cpu'])
  assert.equal(oomKillsOf(all, 'job'), 0)
})

test('groups of jobs that are over go, those of others stay', (t) => {
  const { root, all } = makeTree(t, 2)
  for (const name of ['mine-1', 'mine-2', 'other-1']) mkdirSync(join(root, name))
  removeCgroups(all, 'mine-', (name) => name === 'mine-2')
  const left = ['mine-1', 'mine-2', 'other-1'].filter((name) => existsSync(join(root, name)))
  assert.deepEqual(left, ['mine-2', 'other-1'])
})
