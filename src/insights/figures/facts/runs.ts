/** Runs with their attempts: one run again keeps its name, and its first attempt is what counts. */
import { tierOf, toldOf } from './catalog.ts'
import type { AttemptFact, RunFact, ServiceFact, Told } from './facts.ts'
import { branchOf, type CommitGraph, isMain, isReleaseBranch } from './graph.ts'
import { grouped, ofAll, referenceOf } from './told.ts'

export function runsOf(
  told: Told,
  services: ReadonlyMap<string, ServiceFact>,
  graph: CommitGraph,
): readonly RunFact[] {
  const parts = ofAll(told, ['run.queued', 'run.started', 'run.finished'])
  const artifacts = new Map<string, number>()
  for (const { run, occurredAt } of told.of('artifact.published'))
    if (run !== undefined) artifacts.set(run, Math.max(occurredAt, artifacts.get(run) ?? 0))
  const ofRepository = new Map<string, string | null>()
  for (const { service, told: its } of services.values())
    for (const { repository } of its)
      if (repository !== undefined) {
        const other = ofRepository.get(repository)
        ofRepository.set(repository, other === undefined || other === service ? service : null)
      }
  const pushedAt = pushesOf(told, graph)
  const runs = [...grouped(parts, ({ run }) => run)].flatMap(([run, its]): RunFact[] => {
    const finishes = its.filter((one) => one.type === 'run.finished')
    const attempts = attemptsOf(finishes)
    const last = attempts.at(-1)
    if (last === undefined) return []
    const pick = <F extends 'service' | 'repository' | 'branch' | 'sha' | 'trigger' | 'template'>(
      field: F,
    ) => its.find((one) => one[field] !== undefined)?.[field] ?? null
    const finish = finishes.find(({ attempt }) => attempt === last.attempt)
    const during = its.filter(({ attempt }) => attempt === last.attempt)
    const instantOf = (type: string) => during.find((one) => one.type === type)?.occurredAt
    const queuedAt = finish?.queuedAt ?? instantOf('run.queued') ?? null
    const startedAt = finish?.startedAt ?? instantOf('run.started') ?? null
    const [repository, trigger, sha] = [pick('repository'), pick('trigger'), pick('sha')]
    const service = pick('service') ?? ofRepository.get(repository ?? '') ?? null
    const branch = pick('branch')
    const isDeclared = its.find((one) => one.isDefaultBranch !== undefined)?.isDefaultBranch
    const name = branch === null ? '' : branchOf(branch)
    return [
      {
        run,
        service,
        tier: tierOf(services.get(service ?? ''), last.finishedAt),
        ...{ repository, branch, sha, trigger, template: pick('template') },
        isDefaultBranch: isDeclared ?? isMain(name),
        isRelease: isReleaseBranch(name) || trigger === 'release',
        attempts,
        outcome: last.outcome,
        finishedAt: last.finishedAt,
        queuedAt,
        startedAt,
        triggeredAt: (isOfPush(trigger) ? pushedAt(sha) : undefined) ?? queuedAt ?? startedAt,
        artifactAt: finish?.artifactAt ?? artifacts.get(run) ?? null,
        humanWaitMs: finish?.humanWaitMs ?? 0,
        from: its.map(referenceOf),
      },
    ]
  })
  return runs.sort(byEnd)
}

export const byEnd = (a: RunFact, b: RunFact) =>
  a.finishedAt - b.finishedAt || (a.run < b.run ? -1 : 1)

const isOfPush = (trigger: string | null) =>
  trigger === null || /^(push|merge|mergequeue|merge_group|change|commit)/i.test(trigger)

/** When the commit or its merge was told: what the run was triggered by. */
function pushesOf(told: Told, { places, landedAt }: CommitGraph) {
  const merged = new Map(told.of('change.merged').map((one) => [one.mergeSha, one.occurredAt]))
  return (sha: string | null): number | undefined => {
    const place = places.get(sha ?? '')
    return (place === undefined ? undefined : landedAt[place]) ?? merged.get(sha ?? '')
  }
}

function attemptsOf(
  finishes: readonly {
    readonly attempt: number
    readonly outcome: AttemptFact['outcome']
    readonly isManualRetry?: boolean
    readonly occurredAt: number
  }[],
): readonly AttemptFact[] {
  const byAttempt = new Map<number, AttemptFact>()
  for (const { attempt, outcome, isManualRetry, occurredAt } of finishes)
    byAttempt.set(attempt, {
      attempt,
      outcome,
      // Run again without a word of why: somebody pressed the button.
      isManual: isManualRetry ?? attempt > 1,
      finishedAt: occurredAt,
    })
  return [...byAttempt.values()].sort((a, b) => a.attempt - b.attempt)
}

export const ownerOf = (service: ServiceFact | undefined, at: number) =>
  toldOf(service, 'team', at) ?? toldOf(service, 'owner', at) ?? null
