import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after } from 'node:test'
import { executorContract } from '../../../test/contracts/executor.contract.ts'
import { boundJob, findIsolation, sweepGroups } from '../isolation.ts'
import { hasSandbox } from '../sandbox.ts'
import { processExecutor } from './process-executor.ts'

const root = mkdtempSync(join(tmpdir(), 'signalbox-executor-'))
after(async () => {
  sweepGroups(await findIsolation(root, 'off'), [])
  rmSync(root, { recursive: true, force: true })
})
let made = 0

for (const sandbox of ['off', 'auto'] as const) {
  const isolation = await findIsolation(root, sandbox)
  executorContract(sandbox === 'off' ? 'process' : 'process, confined', {
    skip: sandbox === 'auto' && !(await hasSandbox()) && 'bubblewrap does not work here',
    hasBounds: isolation.cgroups?.folders.has('memory') === true,
    place({ resources = {} } = {}) {
      const workspace = mkdtempSync(join(root, 'job-'))
      const folder = join(workspace, 'source')
      mkdirSync(folder)
      boundJob(isolation, workspace, resources)
      const kit = {
        isolation,
        folder: { root, jobs: root, states: root, blobs: root, left: [], release: () => {} },
      }
      const { isSandboxed } = isolation
      return {
        executor: processExecutor({ kit, workspace, folder, network: 'full', isSandboxed }),
        folder,
        makeState() {
          const state = join(root, `state-${basename(workspace)}-${made++}`)
          mkdirSync(state)
          return state
        },
      }
    },
  })
}
