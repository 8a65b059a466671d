/**
 * Queues a run for what happened: a push, a person, a pull request. The pipeline at that commit
 * says whether it runs at all, and what it says wrong becomes the run's refusal.
 */
import { createHash } from 'node:crypto'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { type Actor, SYSTEM } from '#kernel/actor.ts'
import { type Rejection, reject } from '#kernel/decider.ts'
import type { RunCommand } from '../commands.ts'
import type { PullRequest, RunFacts, Scalar } from '../events.ts'
import { inputsOf } from '../language/inputs.ts'
import type { PipelineSpec } from '../language/manifest.ts'
import { startsByHand, startsOnPullRequest, startsOnPush } from '../language/triggers.ts'
import { runs } from '../run.ts'
import { pipelineAt } from './pipeline-source.ts'

export interface QueueNeeds {
  readonly engine: Engine
  readonly git: Git
  readonly log: Logger
  now(): number
}

export type Trigger =
  | { readonly event: 'push'; readonly paths: readonly string[] | 'unknown' }
  | {
      readonly event: 'manual'
      readonly inputs: Readonly<Record<string, Scalar>>
      /** Of the run, should the pipeline let one commit run several times by hand. */
      readonly id: string
    }
  | ({ readonly event: 'pullRequest' } & PullRequest)

type NotQueued = Rejection<'run.wrong-input' | 'run.not-by-hand'>

/** One run a service and commit: asking again finds it, whoever asks. */
export function runIdOf(service: string, sha: string, of = ''): string {
  const hash = createHash('sha256').update(`${service}\n${sha}${of}`).digest('hex')
  return `run_${hash.slice(0, 26)}`
}

/** Undefined: the pipeline does not run on this. */
export async function queueRun(
  { engine, git, log, now }: QueueNeeds,
  service: ServiceSpec,
  sha: string,
  trigger: Trigger,
  by: Actor = SYSTEM,
) {
  const { repository, branch: followed, directory } = service.source
  const pipeline = await pipelineAt(git, service, sha)
  const isRefused = 'reason' in pipeline
  const spec = isRefused ? {} : pipeline.spec
  if (!isRefused && !starts(spec, service, trigger)) {
    if (trigger.event !== 'manual') return undefined
    return { id: '', answer: notByHand(service) }
  }
  const inputs = inputsOf(spec, trigger.event === 'manual' ? trigger.inputs : undefined)
  if ('problem' in inputs && !isRefused) return { id: '', answer: wrongInput(inputs.problem) }
  const { branch, ref } = placeOf(followed, trigger)
  const id = idOf(spec, service, sha, trigger)
  const facts: RunFacts = {
    event: trigger.event,
    branch,
    ref,
    sha,
    service: service.name,
    tier: service.tier,
    inputs: 'inputs' in inputs ? inputs.inputs : {},
    vars: spec.vars ?? {},
  }
  const about = { at: now(), by: by.id, run: id, service: service.name, repository, branch, sha }
  const plan = 'reason' in pipeline ? pipeline : pipeline.plan(facts)
  const command: RunCommand =
    'reason' in plan
      ? { type: 'run.refuse', ...about, reason: plan.reason }
      : {
          type: 'run.queue',
          ...about,
          directory,
          trigger: trigger.event,
          facts,
          defaultBranch: followed,
          ...(trigger.event === 'pullRequest' && { pullRequest: pullRequestOf(trigger) }),
          pipeline: 'name' in pipeline ? pipeline.name : '',
          ...plan,
        }
  const answer = await engine.execute(runs, id, command, { actor: by })
  if ('code' in answer && answer.code !== 'run.exists')
    log.warn({ run: id, code: answer.code }, 'run not queued')
  return { id, answer }
}

function starts(spec: PipelineSpec, service: ServiceSpec, trigger: Trigger): boolean {
  switch (trigger.event) {
    case 'push':
      return startsOnPush(spec, { branch: service.source.branch, paths: trigger.paths })
    case 'pullRequest':
      return startsOnPullRequest(spec, trigger.base)
    case 'manual':
      return startsByHand(spec)
  }
}

/**
 * A pull request is a place of its own: its branch is named by whoever opened it, and nothing that
 * is made of a branch of that name may be made of it.
 */
function placeOf(followed: string, trigger: Trigger): { branch: string; ref: string } {
  if (trigger.event !== 'pullRequest') return { branch: followed, ref: `refs/heads/${followed}` }
  return { branch: `pull/${trigger.number}`, ref: `refs/pull/${trigger.number}/head` }
}

/** By hand a commit may run again, when its pipeline says that it is for people to start. */
function idOf(spec: PipelineSpec, { name }: ServiceSpec, sha: string, trigger: Trigger): string {
  if (trigger.event === 'pullRequest') return runIdOf(name, sha, `\npull/${trigger.number}`)
  if (trigger.event === 'manual' && spec.on?.manual !== undefined) return trigger.id
  return runIdOf(name, sha)
}

const pullRequestOf = ({ number, base, isFork }: PullRequest): PullRequest => ({
  number,
  base,
  isFork,
})

const notByHand = ({ name }: ServiceSpec): NotQueued =>
  reject(
    'run.not-by-hand',
    `The pipeline of ${name} does not say that people may start it.`,
    'Push a commit, or add manual: {} under its on.',
  )

const wrongInput = ({ message, remedy }: { message: string; remedy: string }): NotQueued =>
  reject('run.wrong-input', message, remedy)
