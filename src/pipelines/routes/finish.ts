/**
 * The end of a job, as its runner tells it and as it counts: what failed and is quarantined does
 * not fail the job. Asked inside the transaction, so that a quarantine that ended meanwhile is no
 * excuse; told again, the end is what it was the first time.
 */
import type { Engine, Facts } from '#engine/engine.ts'
import { type Rejection, reject } from '#kernel/decider.ts'
import type { RunCommand } from '../commands.ts'
import type { ArtifactFiles, BlobStore } from '../ports.ts'
import type { FinishRequest } from '../protocol.ts'
import { type TestResults, testResults } from '../queries/test-results.ts'
import { caseHistories, knownCases } from '../queries/tests.ts'
import type { RunState } from '../run.ts'
import { isBroken } from '../tests/case-history.ts'
import { isBad } from '../protocol/test-results.ts'
import { endWith, type Judged, judgeTests } from '../tests/verdict.ts'

interface Needs {
  readonly engine: Engine
  readonly blobs: BlobStore
  now(): number
}

type Finish = Extract<RunCommand, { type: 'run.finishJob' }>

/** What the tests of a service's job mean now; undefined when their results cannot be read. */
export async function judgeResults(
  { engine, blobs, now }: Needs,
  service: string,
  digest: string,
): Promise<Judged | undefined> {
  const results = await readable(blobs, digest)
  return results && judgedNow({ reads: engine.reads, service, results, now: now() })
}

/**
 * What the end names and is not here whole; undefined: nothing. Looking at it also keeps it from
 * being thrown away until the end is written.
 */
export async function missingArtifact(
  kept: ArtifactFiles,
  { artifacts = [] }: FinishRequest,
): Promise<Rejection | undefined> {
  for (const { name, digest } of artifacts)
    if (!(await kept.keep(digest)))
      return reject(
        'run.artifact-missing',
        `The bytes of the artifact ${name} are not here.`,
        'Upload it before telling the end of its job.',
      )
  return undefined
}

/** The command that ends the job, made inside its transaction. */
export async function finishing(
  { blobs, now }: Omit<Needs, 'engine'>,
  about: { readonly service: string | undefined; readonly by: string; readonly job: string },
  body: FinishRequest,
) {
  const { service, by, job } = about
  // The document is named by its digest: it is the same inside the transaction and before.
  const results = body.testResults && (await readable(blobs, body.testResults))
  return async ({ state, reads }: Facts<RunState>): Promise<Finish> => {
    const at = now()
    const command = { ...body, at, by, job, type: 'run.finishJob' } as const
    const known = state.jobs.find(({ spec }) => spec.name === job)
    if (!results || service === undefined || known === undefined) return command
    const told = known.told.find(
      ({ lease, attempt }) => lease === body.lease && attempt === body.attempt,
    )
    if (told !== undefined) return { ...command, outcome: told.outcome }
    const judged = await judgedNow({ reads, service, results, now: at })
    return endWith(command, known.spec, judged)
  }
}

export async function judgedNow(at: {
  readonly reads: Engine['reads']
  readonly service: string
  readonly results: TestResults
  readonly now: number
}): Promise<Judged> {
  const { reads, service, results, now } = at
  const known = new Map(await knownCases(reads, service))
  const failed = results.cases.filter(({ outcome }) => isBad(outcome)).map(({ id }) => id)
  const ours = failed.filter((id) => (known.get(id)?.quarantinedUntil ?? null) !== null)
  // What only fails by now is broken: its quarantine is about to end, and is no excuse already.
  for (const [id, history] of await caseHistories(reads, service, ours)) {
    const one = known.get(id)
    if (one !== undefined && isBroken(history)) known.set(id, { ...one, quarantinedUntil: null })
  }
  return judgeTests(results, known, now)
}

/** A document that nobody can read excuses nothing, and is no reason to lose the end of a job. */
export async function readable(blobs: BlobStore, digest: string): Promise<TestResults | undefined> {
  return testResults(blobs, digest).catch(() => undefined)
}
