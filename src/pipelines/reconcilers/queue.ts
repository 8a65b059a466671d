/** Sees that the head of every tracked branch is run for each service whose files were touched. */
import { createHash } from 'node:crypto'
import type { RepositoryEvent, ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { branchesOf, commitsPushedAfter, pushedAt, servicesOf } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { globMatcher } from '#kernel/glob.ts'
import type { RunCommand } from '../commands.ts'
import { pipelineAt } from './pipeline-source.ts'
import { latestRun } from '../queries.ts'
import { runs } from '../run.ts'

export interface QueueNeeds {
  readonly engine: Engine
  readonly git: Git
  readonly log: Logger
  now(): number
}

export function pipelines(needs: QueueNeeds): Reconciler {
  return defineReconciler<RepositoryEvent>({
    kind: 'pipeline',
    concurrency: 2,
    hears: ['repository'],
    wokenBy: ({ event, id }) => (event.type === 'commit.pushed' && event.last ? [id] : []),
    async reconcile(address) {
      const failures: unknown[] = []
      for (const { branch, head } of await branchesOf(needs.engine.reads, address)) {
        if (head === '') continue
        for (const service of await servicesOf(needs.engine.reads, address, branch))
          await queueHead(needs, service, head).catch((error: unknown) => failures.push(error))
      }
      // One service that cannot be read holds up nobody else, and is tried again.
      if (failures.length > 0) throw failures[0]
    },
  })
}

async function queueHead(needs: QueueNeeds, service: ServiceSpec, head: string): Promise<void> {
  if (await wantsRun(needs.engine, service)) await queueRun(needs, service, head, 'push')
}

/** Whether anything of the service's was pushed since its last run. */
async function wantsRun(engine: Engine, service: ServiceSpec): Promise<boolean> {
  const { repository, branch, paths } = service.source
  const last = await latestRun(engine.reads, service.name, branch)
  if (last === undefined) return true
  // Not by when the run was queued: what was pushed a moment before is newer than its commit.
  const ranAt = await pushedAt(engine.reads, { repository, branch, sha: last.sha })
  const at = { repository, branch, after: ranAt ?? last.queued_at }
  const commits = await commitsPushedAfter(engine.reads, at)
  const isOurs = globMatcher(paths)
  return commits.some((commit) => commit.paths_cut || commit.paths.some(isOurs))
}

/** One run a service and commit: asking again finds it, whoever asks. */
export function runIdOf(service: string, sha: string): string {
  const hash = createHash('sha256').update(`${service}\n${sha}`).digest('hex')
  return `run_${hash.slice(0, 26)}`
}

export async function queueRun(
  { engine, git, log, now }: QueueNeeds,
  service: ServiceSpec,
  sha: string,
  trigger: 'push' | 'manual',
  by = SYSTEM,
) {
  const id = runIdOf(service.name, sha)
  const { repository, branch, directory } = service.source
  const facts = { at: now(), by: by.id, run: id, service: service.name, repository, branch, sha }
  const source = await pipelineAt(git, service, sha)
  const command: RunCommand =
    'reason' in source
      ? { type: 'run.refuse', ...facts, reason: source.reason }
      : { type: 'run.queue', ...facts, directory, trigger, ...source }
  const answer = await engine.execute(runs, id, command, { actor: by })
  if ('code' in answer && answer.code !== 'run.exists')
    log.warn({ run: id, code: answer.code }, 'run not queued')
  return { id, answer }
}
