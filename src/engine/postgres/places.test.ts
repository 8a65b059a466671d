/** Names, arguments and files whose form the server or the system prescribes. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openServerLog, readServerLog, shorten } from './server-log.ts'
import { serverArguments } from './settings.ts'
import { socketDirOf } from './socket-dir.ts'
import { parsePasswd } from './user.ts'

test('no socket path exceeds what the system allows, whatever the directories', () => {
  const fits = (cluster: string, temporary: string) =>
    Buffer.byteLength(join(socketDirOf(cluster, `/${temporary}`), '.s.PGSQL.65535')) <= 107
  fc.assert(fc.property(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }), fits))
})

test('each data directory has a socket of its own, the same every time', () => {
  assert.equal(socketDirOf('/a/cluster'), socketDirOf('/a/cluster'))
  assert.notEqual(socketDirOf('/a/cluster'), socketDirOf('/b/cluster'))
  assert.match(socketDirOf('/a', '/run'), /^\/run\/signalbox-[0-9a-f]{16}$/)
  assert.match(socketDirOf('/a', `/${'x'.repeat(90)}`), /^\/tmp\/signalbox-/)
})

test('no setting opens a port or moves the socket', () => {
  const settings = { listen_addresses: '*', port: '1', unix_socket_directories: '/', jit: 'on' }
  const args = serverArguments({ cluster: '/c', socketDir: '/a,"b"', port: 5433, settings })
  const last = (name: string) => args.findLast((arg) => arg.startsWith(`${name}=`))
  assert.equal(last('listen_addresses'), 'listen_addresses=')
  assert.equal(last('port'), 'port=5433')
  assert.equal(last('unix_socket_directories'), 'unix_socket_directories="/a,""b"""')
  assert.equal(last('jit'), 'jit=on')
  assert.deepEqual(args.slice(0, 2), ['-D', '/c'])
})

test('users are read from the list of the system, and root is none', () => {
  const users = parsePasswd(
    'root:x:0:0::/:/bin/sh\npostgres:x:101:104:a,,,:/v:/b\n#x\n\nodd:x:-2:\n',
  )
  assert.deepEqual([...users], [['postgres', { uid: 101, gid: 104 }]])
})

test('the log is kept short, and only its end is read', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-postgres-test-'))
  t.after(() => rm(dir, { recursive: true }))
  const path = join(dir, 'server.log')
  assert.equal(await readServerLog(path), '')
  await writeFile(path, `${'x'.repeat(20_000)}end`)
  assert.equal((await readServerLog(path)).length, 8192)
  assert.equal(await readServerLog(path, 20_000), 'end')
  assert.equal(await readServerLog(path, 99_999), '')
  const held = await openServerLog(path) // as the server holds it
  await shorten(path, 20_003)
  assert.equal((await readFile(path)).length, 20_003)
  await shorten(path, 20_002)
  await held.write('after')
  await held.close()
  assert.equal(await readFile(path, 'utf8'), 'after')
  assert.equal((await readFile(`${path}.1`)).length, 20_003)
})
