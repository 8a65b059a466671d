/** What `import git` reads, as the command line is handed it: it needs no server and no engine. */
import type { ReadGit } from '#cli/verbs/import-git.ts'
import { observe } from '#connectors/git/history/observe.ts'
import { type HistoryAsk, readHistory } from '#connectors/git/history/history.ts'

export function gitReader(
  around: Pick<HistoryAsk, 'environment' | 'temporary'>,
  now: () => number,
): ReadGit {
  return async ({ service: named, environment, tier, ...ask }) => {
    const { withPatches, ...rest } = ask
    const history = await readHistory({ ...rest, withPatches, ...around })
    const { repository, graph, patchIds } = history
    const service = named ?? repository.slice(repository.lastIndexOf('/') + 1)
    const messages = [...graph.commits.values()].map(({ message }) => message)
    const says = (what: RegExp) => messages.filter((message) => what.test(message)).length
    return {
      repository,
      service,
      commits: graph.commits.size,
      deployments: graph.tags.length,
      firstAt: graph.tags[0]?.at ?? 0,
      lastAt: graph.tags.at(-1)?.at ?? 0,
      reverts: says(/^this reverts commit [0-9a-f]{7,}/im),
      picks: says(/\(cherry picked from commit [0-9a-f]{7,}/i),
      patches: patchIds.size,
      isShallow: history.isShallow,
      tagsOther: history.tagsOther,
      observations: observe(graph, {
        repository,
        service,
        environment,
        tier,
        patchIds,
        now: now(),
      }),
    }
  }
}
