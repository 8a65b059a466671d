import { describe } from 'node:test'
import { SYSTEM } from '#kernel/actor.ts'
import { runnerContract } from '../../../test/contracts/runner.contract.ts'
import { jobSpec } from '../../../test/support/job-spec.ts'
import { startRunnerHost } from '../../../test/support/runner-host.ts'
import { runs } from '../run.ts'

const now = () => Date.now()
const report = { name: 'report', paths: ['r.html'], retentionMs: 60_000 }
const JOB = jobSpec('test', { artifacts: [report] })

// Inside a suite, whose end comes before that of the databases' cluster.
describe('runner routes', () => {
  runnerContract('real server', async () => {
    const ends: (() => unknown)[] = []
    const atEnd = (end: () => unknown) => void ends.unshift(end)
    try {
      const { url, token, engine, queue } = await startRunnerHost(atEnd)
      const offer = async () => {
        const run = await queue({ jobs: [JOB] })
        const asked = { at: now(), by: 'ana' }
        return {
          async cancel() {
            await engine.execute(runs, run, { type: 'run.cancel', ...asked }, { actor: SYSTEM })
          },
          async loseLease() {
            const { state } = await engine.load(runs, run)
            const lease = state.jobs[0]?.lease ?? ''
            const lose = { type: 'run.loseJob', ...asked, job: JOB.name, lease } as const
            await engine.execute(runs, run, lose, { actor: SYSTEM })
            // It was queued again, and would be the next that a later test is given.
            await engine.execute(runs, run, { type: 'run.cancel', ...asked }, { actor: SYSTEM })
          },
        }
      }
      return { url, token, offer, close: () => endAll(ends) }
    } catch (error) {
      await endAll(ends)
      throw error
    }
  })
})

async function endAll(ends: readonly (() => unknown)[]): Promise<void> {
  for (const end of ends) await end()
}
