import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import type { Logger } from '#engine/log.ts'
import { logSecrets } from './log-secrets.ts'

it('reads values anew, and says once which is not there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-secrets-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'token')
  let warned = 0
  const log = { warn: () => (warned += 1) } as unknown as Logger
  const secrets = logSecrets(['env:TOKEN', `file:${file}`], { TOKEN: 'hunter22' }, log)
  assert.deepEqual(secrets.values(), ['hunter22'])
  assert.deepEqual(secrets.values(), ['hunter22'])
  assert.equal(warned, 1)
  writeFileSync(file, 'later\n')
  assert.deepEqual(secrets.values(), ['hunter22', 'later'])
})
