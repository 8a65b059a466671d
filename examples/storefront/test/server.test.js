import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import test from 'node:test'

test('told to leave, it finishes the checkout under way and goes', async (t) => {
  const program = spawn(process.execPath, ['server.js'], {
    cwd: new URL('..', import.meta.url),
    env: { PORT: '0' },
  })
  t.after(() => program.kill('SIGKILL'))
  const exit = once(program, 'exit')
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
  const line = async () => JSON.parse((await lines.next()).value)

  const { url } = await line()
  const checkout = request(`${url}/api/checkout`, {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 18 },
  })
  checkout.flushHeaders()
  await once(checkout, 'continue') // now the request is under way, and its body is not there yet
  program.kill('SIGTERM')
  const { signal, underWay } = await line()
  assert.deepEqual([signal, underWay], ['SIGTERM', 1])
  await refused(url)
  checkout.end('{"product":"lamp"}')
  const [response] = await once(checkout, 'response')
  assert.deepEqual([response.statusCode, response.headers.connection], [202, 'close'])
  assert.match((await response.toArray()).join(''), /"status":"pending"/)
  assert.deepEqual(await exit, [0, null])
})

/** Resolves once nobody listens there any more. */
async function refused(url) {
  for (;;) {
    const socket = connect(new URL(url).port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (!isOpen) return
  }
}
