import { between, type Counted, isIn, none, type Window } from './answer.ts'
import type { Facts, RunFact } from './facts/facts.ts'
import { grouped } from './facts/told.ts'
import { spreadOf } from './statistics.ts'

const TOP = 5

/**
 * K8, pipeline duration: of the successful runs on the default branch, from the push or merge that
 * triggered each to its artifact, or to its end where it has none; median and 90th percentile.
 * Split into waiting for a runner, working and waiting for people; with the tasks that the longest
 * ways through the runs lead over.
 */
export function duration(facts: Facts, window: Window): Counted {
  if (facts.runs.length === 0) return none('no_source')
  const inside = facts.runs.filter(
    (one) => one.isDefaultBranch && one.outcome === 'succeeded' && isIn(window, one.finishedAt),
  )
  const known = inside.filter(({ triggeredAt }) => triggeredAt !== null)
  const untimed = inside.length - known.length
  if (known.length === 0) return none('no_events', { untimed })
  const spread = spreadOf(known.map(lasted))
  const [queue, human] = [known.flatMap(queueOf), known.map(({ humanWaitMs }) => humanWaitMs)]
  return {
    answer: {
      value: spread.p50,
      n: spread.n,
      p50: spread.p50,
      p90: spread.p90,
      mean: spread.mean,
      queue: spreadOf(queue),
      execution: spreadOf(known.flatMap(workOf)),
      humanWait: spreadOf(human),
      criticalPath: criticalPath(facts, known),
      untimed,
    },
    parts: known.map((one) => ({
      what: 'run' as const,
      id: one.run,
      at: one.finishedAt,
      counts: one.artifactAt === null ? 'to its end' : 'to its artifact',
      value: lasted(one),
      from: one.from,
    })),
  }
}

const lasted = ({ triggeredAt, artifactAt, finishedAt }: RunFact) =>
  between(triggeredAt ?? finishedAt, artifactAt ?? finishedAt)

const queueOf = ({ queuedAt, triggeredAt, startedAt }: RunFact) =>
  startedAt === null ? [] : [between(queuedAt ?? triggeredAt ?? startedAt, startedAt)]

const workOf = ({ startedAt, finishedAt, humanWaitMs }: RunFact) =>
  startedAt === null ? [] : [between(humanWaitMs, between(startedAt, finishedAt))]

/** Tasks by how much of the longest ways they are. */
function criticalPath(facts: Facts, runs: readonly RunFact[]) {
  const wanted = new Map(runs.map((one) => [one.run, one.attempts.at(-1)?.attempt ?? 1]))
  const planned = new Map(
    facts.told
      .of('run.queued')
      .flatMap(({ run, tasks: all = [] }) =>
        wanted.has(run) ? all.map(({ task, needs }) => [`${run}\n${task}`, needs] as const) : [],
      ),
  )
  const tasks = facts.told
    .of('task.finished')
    .filter(({ run, attempt }) => wanted.get(run) === attempt)
  const totals = new Map<string, { ms: number; runs: number }>()
  const lengths: number[] = []
  for (const its of grouped(tasks, ({ run }) => run).values()) {
    const path = longest(
      its.map((one) => ({
        task: one.task,
        needs: one.needs ?? planned.get(`${one.run}\n${one.task}`) ?? [],
        ms: between(one.startedAt ?? one.queuedAt ?? one.occurredAt, one.occurredAt),
      })),
    )
    lengths.push(path.reduce((sum, { ms }) => sum + ms, 0))
    for (const { task, ms } of path) {
      const before = totals.get(task) ?? { ms: 0, runs: 0 }
      totals.set(task, { ms: before.ms + ms, runs: before.runs + 1 })
    }
  }
  const top = [...totals]
    .map(([task, total]) => ({ task, ...total }))
    .sort((a, b) => b.ms - a.ms || (a.task < b.task ? -1 : 1))
  return { ...spreadOf(lengths), tasks: top.slice(0, TOP) }
}

interface Task {
  readonly task: string
  readonly needs: readonly string[]
  readonly ms: number
}

/** The heaviest way through a graph of tasks; one that needs itself in a circle is cut there. */
export function longest(tasks: readonly Task[]): readonly Task[] {
  const byName = new Map(tasks.map((one) => [one.task, one]))
  const weights = new Map<string, number>()
  const before = new Map<string, string | undefined>()
  const weigh = (name: string, above: ReadonlySet<string>): number => {
    const known = weights.get(name)
    const task = byName.get(name)
    if (known !== undefined) return known
    if (task === undefined || above.has(name)) return 0
    const inside = new Set([...above, name])
    let [best, from]: [number, string | undefined] = [0, undefined]
    for (const need of task.needs.toSorted()) {
      const weight = weigh(need, inside)
      if (weight > best) [best, from] = [weight, need]
    }
    weights.set(name, best + task.ms)
    before.set(name, from)
    return best + task.ms
  }
  let [end, heaviest]: [string | undefined, number] = [undefined, -1]
  for (const { task } of tasks.toSorted((a, b) => (a.task < b.task ? -1 : 1))) {
    const weight = weigh(task, new Set())
    if (weight > heaviest) [end, heaviest] = [task, weight]
  }
  const path: Task[] = []
  for (let name = end; name !== undefined; name = before.get(name)) {
    const task = byName.get(name)
    if (task === undefined || path.includes(task)) break
    path.unshift(task)
  }
  return path
}
