/** Why a run failed, as its page would tell: the job, its reason, its last words. */
import type { Api } from '#cli/api.ts'
import { Fault } from '#kernel/fault.ts'

const LAST_LINES = 15
const LAST_BYTES = 8_192

interface Job {
  readonly name: string
  readonly outcome: string | null
  readonly reason: string | null
}
interface FailedRun {
  readonly id: string
  readonly refusal: string | null
}

export async function failedRun(admin: Api, service: string, run: FailedRun): Promise<Fault> {
  const { jobs } = await admin.get<{ jobs: readonly Job[] }>(`/runs/${run.id}`)
  const job = jobs.find(({ outcome }) => outcome === 'failed')
  const failed = `The run ${run.id} of ${service} failed`
  if (job === undefined)
    return new Fault('demo.run-failed', `${failed}.`, {
      remedy: run.refusal ?? 'Run the demonstration with --keep and look at the run on its page.',
      retry: false,
    })
  const words = await lastWords(admin, `/runs/${run.id}/jobs/${job.name}/log`)
  const why = `${failed}: its job ${job.name} ended with ${job.reason ?? 'no reason'}.`
  return new Fault('demo.run-failed', `${why}\n${words}`, {
    remedy: 'Run the demonstration with --keep and read the whole log on the page.',
    retry: false,
  })
}

async function lastWords(admin: Api, path: string): Promise<string> {
  const { headers } = await admin.bytes(path, { offset: 0 })
  const offset = Math.max(0, Number(headers.get('x-log-size')) - LAST_BYTES)
  const { bytes } = await admin.bytes(path, { offset })
  return bytes.toString('utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n')
}
