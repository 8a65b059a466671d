/** Sees that the head of every tracked branch is run for each service whose files were touched. */
import type { RepositoryEvent, ServiceSpec } from '#catalog/events.ts'
import { branchesOf, commitsPushedAfter, pushedAt, servicesOf } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { globMatcher } from '#kernel/glob.ts'
import { latestRun } from '../queries.ts'
import { queueRun, type QueueNeeds } from './queue-run.ts'

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
  // Another CI executes it, and tells: two runs of one push would be two answers.
  if (service.runs === 'external') return
  const paths = await pushedPaths(needs.engine, service)
  if (paths !== undefined) await queueRun(needs, service, head, { event: 'push', paths })
}

/** What was pushed of the service's files since its last run; undefined: nothing. */
async function pushedPaths(
  engine: Engine,
  service: ServiceSpec,
): Promise<readonly string[] | 'unknown' | undefined> {
  const { repository, branch, paths } = service.source
  const last = await latestRun(engine.reads, service.name, branch)
  if (last === undefined) return 'unknown'
  // Not by when the run was queued: what was pushed a moment before is newer than its commit.
  const ranAt = await pushedAt(engine.reads, { repository, branch, sha: last.sha })
  const at = { repository, branch, after: ranAt ?? last.queued_at }
  const commits = await commitsPushedAfter(engine.reads, at)
  if (commits.some((commit) => commit.paths_cut)) return 'unknown'
  const ours = commits.flatMap((commit) => commit.paths).filter(globMatcher(paths))
  return ours.length > 0 ? ours : undefined
}
