import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after } from 'node:test'
import { executorContract } from '../../../test/contracts/executor.contract.ts'
import { boundJob, findIsolation, sweepGroups } from '../isolation.ts'
import { hasSandbox } from '../sandbox.ts'
import { directExecutor, openPipe } from './direct-executor.ts'
import { processExecutor, TOOLS } from './process-executor.ts'
import { openStarter } from './starter.ts'

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
        executor: processExecutor({
          ...{ kit, workspace, folder, network: 'full', isSandboxed, tools: TOOLS },
        }),
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

const isolation = await findIsolation(root, 'off')
for (const by of ['this process', 'a shell'] as const)
  executorContract(`child of ${by}`, {
    hasBounds: by === 'a shell' && isolation.cgroups?.folders.has('memory') === true,
    isForgetful: true,
    place({ resources = {} } = {}) {
      const workspace = mkdtempSync(join(root, 'job-'))
      const folder = join(workspace, 'source')
      mkdirSync(folder)
      if (by === 'a shell') boundJob(isolation, workspace, resources)
      const pipe = openPipe(root)
      assert.ok(pipe)
      const starter = by === 'a shell' ? openStarter(pipe.fd) : undefined
      after(() => {
        starter?.close()
        pipe.close()
      })
      const kit = {
        isolation: by === 'a shell' ? isolation : { ...isolation, cgroups: undefined },
        folder: { root, jobs: root, states: root, blobs: root, left: [], release: () => {} },
      }
      const place = {
        workspace,
        folder,
        tools: TOOLS,
        isSandboxed: false,
        network: 'full',
      } as const
      return {
        executor: directExecutor({ ...place, kit }, pipe, starter),
        folder,
        makeState: () => mkdtempSync(join(root, 'state-')),
      }
    },
  })
