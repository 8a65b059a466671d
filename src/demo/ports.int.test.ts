import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import test from 'node:test'
import { refuseTaken } from './ports.ts'

test('a port that somebody has is named before anything is started', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await assert.rejects(refuseTaken([port]), {
    code: 'demo.port-taken',
    message: new RegExp(`${port}`),
  })
  other.close()
  await once(other, 'close')
  await refuseTaken([port])
})
