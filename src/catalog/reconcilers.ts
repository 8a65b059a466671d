/**
 * After a push was noted: asks git what really happened, records it, and applies the service
 * manifests found in the tree to services that are registered from this repository. A manifest of a
 * service nobody registered is left alone: adopting a repository is a person's decision.
 */
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { readManifests } from '#engine/manifest.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { serviceManifest, type ServiceManifest, serviceSpec } from './commands.ts'
import type { RepositoryEvent } from './events.ts'
import type { Git } from './ports.ts'
import { serviceNamed } from './queries.ts'
import { repositories } from './repository.ts'
import { services } from './service.ts'

export const MANIFEST_FILE = 'signalbox.yaml'
/** A first push of an old repository is not recorded from its beginning. */
const COMMITS_MAX = 5_000
/** More services in one repository than this are applied from the command line. */
const MANIFESTS_MAX = 100

interface Needs {
  readonly engine: Engine
  readonly git: Git
  readonly log: Logger
  now(): number
}

export function reconcilers(needs: Needs): readonly Reconciler[] {
  return [
    defineReconciler<RepositoryEvent>({
      kind: 'repository',
      concurrency: 2,
      hears: ['repository'],
      wokenBy: ({ event, id }) => (event.type === 'repository.pushNoted' ? [id] : []),
      async reconcile(address) {
        const { state } = await needs.engine.load(repositories, address)
        for (const [branch, { head, notes }] of Object.entries(state.branches))
          if (notes > 0) await lookUp(needs, address, branch, head, notes)
      },
    }),
  ]
}

async function lookUp(
  needs: Needs,
  ...[address, branch, before, notes]: [string, string, string, number]
): Promise<void> {
  const { engine, git, now } = needs
  const facts = { repository: address, branch, by: SYSTEM.id, notes }
  try {
    const at = { repository: address, branch, before, limit: COMMITS_MAX }
    const { head, commits } = await git.pull(at)
    const manifests = await manifestsAt(git, address, head)
    await engine.execute(
      repositories,
      address,
      {
        type: 'repository.recordPush',
        ...facts,
        at: now(),
        before,
        after: head,
        commits: [...commits],
        manifests,
      },
      { actor: SYSTEM },
    )
    for (const manifest of manifests) await applyFound(needs, address, branch, manifest)
  } catch (error) {
    if (!(error instanceof Fault) || error.code.startsWith('database.')) throw error
    const reason = `${error.message} ${error.remedy}`
    const type = 'repository.recordFailure'
    const failure = { type, ...facts, at: now(), reason, again: error.retry } as const
    await engine.execute(repositories, address, failure, { actor: SYSTEM })
    // The loop asks again, later and later.
    if (error.retry) throw error
  }
}

async function manifestsAt(git: Git, address: string, sha: string) {
  const paths = await git.find(address, sha, MANIFEST_FILE)
  const found: { path: string; text: string }[] = []
  for (const path of paths.slice(0, MANIFESTS_MAX)) {
    const text = await git.file(address, sha, path)
    // With a NUL it is no text, and no event could hold it.
    if (text !== undefined && !text.includes('\0')) found.push({ path, text })
  }
  return found
}

async function applyFound(
  { engine, log, now }: Needs,
  address: string,
  branch: string,
  file: { readonly path: string; readonly text: string },
): Promise<void> {
  // Other kinds in the file belong to others: only what says Service is read here.
  const { manifests, problems } = readManifests(file.path, file.text, { Service: serviceManifest })
  for (const problem of problems)
    if (problem.code !== 'manifest.unknown-kind')
      log.warn({ repository: address, ...problem }, 'manifest in the repository is wrong')
  for (const { value } of manifests) {
    const spec = serviceSpec(value as ServiceManifest, address)
    const known = await serviceNamed(engine.reads, spec.name)
    if (known?.source.repository !== address || known.source.branch !== branch) continue
    const command = { type: 'service.apply', at: now(), by: SYSTEM.id, spec } as const
    const answer = await engine.execute(services, spec.name, command, { actor: SYSTEM })
    if ('rejected' in answer && answer.rejected)
      log.warn({ service: spec.name, code: answer.code }, 'manifest in the repository refused')
  }
}
