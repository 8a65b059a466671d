/**
 * What a run that takes place elsewhere is: the pipeline of its service at its very commit, read
 * from the repository as for a run of our own. What the other system says its jobs are counts
 * nothing.
 */
import type { ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import type { Engine } from '#engine/engine.ts'
import { type Rejection, reject } from '#kernel/decider.ts'
import type { Begin } from '../commands.ts'
import type { RunOrigin, Vouched } from '../events/foreign.ts'
import type { PullRequest, RunFacts } from '../events.ts'
import { keptOf } from '../foreign/report.ts'
import { inputsOf } from '../language/inputs.ts'
import { runNamed, type RunRow } from '../queries.ts'
import { pipelineAt } from './pipeline-source.ts'
import { runIdOf } from './queue-run.ts'

/** More often nothing is run again. */
const ATTEMPTS_MAX = 50

export interface Place {
  readonly service: ServiceSpec
  readonly sha: string
  readonly branch: string
  readonly pullRequest?: Vouched['pullRequest']
  readonly origin: Vouched['origin']
  readonly execution: string
}

export interface Attempt {
  readonly id: string
  readonly attempt: number
  /** Undefined: this is the first that is heard of it. */
  readonly row: RunRow | undefined
  readonly before: RunRow | undefined
}

/**
 * Which attempt an execution belongs to. Systems that do not count them are counted: what is heard
 * of a run that has ended, and was not heard before, is another attempt.
 */
export async function attemptOf(
  engine: Engine,
  place: Place,
  job: { readonly job: string },
): Promise<Attempt> {
  const { service, sha, origin, execution } = place
  const idOf = (attempt: number) =>
    runIdOf(service.name, sha, `\n${origin.issuer ?? origin.system}/${origin.run}/${attempt}`)
  const at = (attempt: number) => runNamed(engine.reads, idOf(attempt))
  if (origin.attempt !== undefined) {
    const { attempt } = origin
    const before = attempt > 1 ? await at(attempt - 1) : undefined
    return { id: idOf(attempt), attempt, row: await at(attempt), before }
  }
  let before: RunRow | undefined
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const row = await at(attempt)
    const isOver = row !== undefined && row.outcome !== 'running' && !wasTold(row, job, execution)
    if (!isOver) return { id: idOf(attempt), attempt, row, before }
    before = row
  }
  return { id: idOf(ATTEMPTS_MAX), attempt: ATTEMPTS_MAX, row: before, before: undefined }
}

const wasTold = ({ state }: RunRow, { job }: { readonly job: string }, execution: string) =>
  state.jobs.some(
    ({ spec, told }) =>
      (spec.name === job || spec.leg?.of === job) && told.some(({ lease }) => lease === execution),
  )

export type NotBegun = Rejection<'run.no-pipeline' | 'run.not-on-branch'>

export async function beginElsewhere(
  git: Git,
  place: Place,
  { id, attempt, before }: Attempt,
): Promise<Begin | NotBegun> {
  const { service, sha, branch, origin, pullRequest: proposed } = place
  const { repository, branch: followed, directory } = service.source
  if (!origin.vouched.includes('commit') && !(await isOnBranch(git, place)))
    return notOnBranch(place)
  // What a pull request would be merged is on no branch of the mirror.
  if (proposed !== undefined) await git.pullRequest(repository, proposed.number, sha)
  const pipeline = await pipelineAt(git, service, sha)
  if ('reason' in pipeline) return noPipeline(pipeline.reason)
  const event = proposed === undefined ? 'push' : 'pullRequest'
  const inputs = inputsOf(pipeline.spec, undefined)
  const facts: RunFacts = {
    event,
    branch,
    ref: proposed === undefined ? `refs/heads/${branch}` : `refs/pull/${proposed.number}/head`,
    sha,
    service: service.name,
    tier: service.tier,
    inputs: 'inputs' in inputs ? inputs.inputs : {},
    vars: pipeline.spec.vars ?? {},
  }
  const plan = pipeline.plan(facts)
  if ('reason' in plan) return noPipeline(plan.reason)
  const pullRequest: PullRequest | undefined = proposed && { ...proposed, isFork: false }
  const own: RunOrigin = { ...origin, attempt }
  const { jobs, finallyMs } = plan
  return {
    run: id,
    service: service.name,
    repository,
    branch,
    sha,
    directory,
    trigger: event,
    facts,
    defaultBranch: followed,
    ...(pullRequest && { pullRequest }),
    ...(finallyMs !== undefined && { finallyMs }),
    pipeline: pipeline.name,
    jobs,
    origin: own,
    kept: before === undefined ? [] : keptOf(before.state),
  }
}

/** A commit that nobody signed for must at least be one of the branch that was signed for. */
async function isOnBranch(git: Git, { service, sha }: Place): Promise<boolean> {
  const { repository, branch } = service.source
  const { head } = await git.pull({ repository, branch, before: '', limit: 1 })
  return git.isAncestor(repository, sha, head)
}

const notOnBranch = ({ service: { source }, sha }: Place): NotBegun =>
  reject(
    'run.not-on-branch',
    `${sha} is no commit of ${source.branch}, and nobody signed for it.`,
    `Report commits of ${source.branch}, or have an issuer sign for them.`,
  )

const noPipeline = (reason: string): NotBegun =>
  reject(
    'run.no-pipeline',
    `The pipeline at this commit cannot be read: ${reason.slice(0, 1_000)}`,
    'Mend it, or record single checks instead: `signalbox record check`.',
  )
