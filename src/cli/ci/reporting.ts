/**
 * One report on one job of another CI: its token is exchanged for one that reports, and with that
 * the tests and the end of the job are told. The secret is made here and its hash alone is sent; it
 * is kept until the job ends, because some systems give a job one token for all that it says.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { makeApi, Refusal, Unreachable } from '../api.ts'
import type { TestReports } from '../program.ts'
import type { CiJob, Environment } from './surroundings.ts'

export interface JobReport {
  readonly service?: string
  readonly job: string
  readonly leg?: string
  readonly outcome: string
  readonly exitCode?: number
  readonly durationMs: number
  readonly artifacts: readonly object[]
}

export interface Reported {
  readonly run: string
  readonly attempt: number
  readonly outcome: string
}

/** A server that is being restarted is back by then. */
const WAITS_MS = [1_000, 5_000, 15_000]

const AWAY: ReadonlySet<number> = new Set([429, 502, 503, 504])

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export async function reportJob(
  at: {
    readonly url: string
    readonly audience: string
    readonly environment: Environment
    readonly job: CiJob
  },
  report: JobReport,
  tests: TestReports | undefined,
): Promise<Reported> {
  const { url, job } = at
  const secret = await secretFor(at, report.service)
  const api = makeApi(url, secret)
  if (tests !== undefined)
    await patiently(() => api.upload(`/ci/blobs/${tests.digest}`, tests.document))
  const told = { ...report, said: job.said }
  const results = tests && { tests: tests.totals, testResults: tests.digest }
  return patiently(() => api.post<Reported>('/ci/jobs', { ...told, ...results }))
}

async function secretFor(
  { url, audience, environment, job }: Parameters<typeof reportJob>[0],
  service: string | undefined,
): Promise<string> {
  const token = await job.idToken(audience)
  if (token === undefined) {
    const own = environment['SIGNALBOX_REPORT_TOKEN']
    if (own !== undefined && own !== '') return own
    throw new NoToken(job.said.system)
  }
  const secret = keptSecret(token)
  const asked = { token, hash: sha256(secret), ...(service !== undefined && { service }) }
  await patiently(() => makeApi(url, undefined).post('/ci/exchange', asked))
  return secret
}

export class NoToken extends Error {
  readonly code = 'report.no-token'
  readonly remedy: string

  constructor(system: string) {
    super(`This job of ${system} has no token to report with.`)
    this.remedy =
      REMEDIES[system] ??
      'Set SIGNALBOX_ID_TOKEN, or SIGNALBOX_REPORT_TOKEN to what `actor token --use report` prints.'
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  github: 'Give the job `permissions: id-token: write`.',
  gitlab: 'Give the job `id_tokens: { SIGNALBOX_ID_TOKEN: { aud: … } }`.',
  jenkins:
    'Jenkins signs nothing for its jobs: set SIGNALBOX_REPORT_TOKEN to what ' +
    '`signalbox actor token ci --use report --service …` prints.',
}

/** The same token, the same secret; in a folder that nobody else reads. */
function keptSecret(token: string): string {
  const folder = join(tmpdir(), `signalbox-ci-${process.getuid?.() ?? 'user'}`)
  const fresh = `sbx_${randomBytes(32).toString('base64url')}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return fresh
    const file = join(folder, sha256(token))
    try {
      writeFileSync(file, fresh, { mode: 0o600, flag: 'wx' })
      return fresh
    } catch {
      return readFileSync(file, 'utf8')
    }
  } catch {
    // Nowhere to keep it: good for this one report.
    return fresh
  }
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const waitMs of WAITS_MS) {
    try {
      return await ask()
    } catch (error) {
      const isAway = error instanceof Refusal && AWAY.has(error.status)
      if (!isAway && !(error instanceof Unreachable)) throw error
      await wait(waitMs)
    }
  }
  return ask()
}
