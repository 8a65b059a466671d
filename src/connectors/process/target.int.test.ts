import { describe } from 'node:test'
import { targetRules } from '../../../test/contracts/target-rules.contract.ts'
import { targetContract } from '../../../test/contracts/target.contract.ts'
import { hasHaproxy, makeProcessHost, publicPort } from '../../../test/support/process-host.ts'
import { identify, isRunning } from './processes.ts'

const routers = (await hasHaproxy()) ? (['haproxy', 'node'] as const) : (['node'] as const)

// Side by side: most of a test's time is waiting for processes to come and go.
describe('process target', { concurrency: 2 }, () => {
  for (const router of routers)
    targetContract(`process behind ${router}`, async () => {
      const host = makeProcessHost({ router })
      await host.ensureAgent()
      return {
        ...host,
        publicPort,
        isAlive: (pid) => {
          const identity = identify(pid)
          return identity !== undefined && isRunning(identity)
        },
        crashAgent: async () => void (await host.crashAgent()),
      }
    })
  targetRules('process', async () => {
    const host = makeProcessHost({ router: 'node' })
    await host.ensureAgent()
    return { ...host, publicPort }
  })
})
