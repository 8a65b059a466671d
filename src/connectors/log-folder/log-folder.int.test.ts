import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logStoreContract } from '../../../test/contracts/log-store.contract.ts'
import { openLogFolder } from './log-folder.ts'

logStoreContract({
  name: 'a folder',
  skip: false,
  async open(t) {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-log-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    return openLogFolder(folder)
  },
})
