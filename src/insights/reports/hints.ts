/**
 * What the facts of a period say of where time and trust are lost: at most one hint of each kind,
 * each with how many it is of and where to look. No facts, no hint: nobody is advised by a guess.
 */
import { formatDuration } from '#kernel/duration.ts'
import { isIn, type Window } from '../figures/answer.ts'
import { duration } from '../figures/duration.ts'
import type { Facts } from '../figures/facts/facts.ts'
import { leadTime } from '../figures/lead-time.ts'
import type { Spread } from '../figures/statistics.ts'

export interface Hint {
  readonly kind: 'slowestStage' | 'flakiestTest' | 'approvalWaits' | 'failureClasses'
  readonly says: string
  readonly n: number
  /** The verb that takes it apart. */
  readonly look: string
}

/** Below this a median is an anecdote. */
const FEW = 5
const CLASSES_MAX = 3

const STAGES: Readonly<Record<string, string>> = {
  commitToReady: 'from commit to ready for review',
  readyToFirstReview: 'from ready to the first review',
  firstReviewToLastApproval: 'from the first review to the last approval',
  lastApprovalToMerge: 'from the last approval to the merge',
  mergeToArtifact: 'from merge to artifact',
  artifactToDeployStart: 'from artifact to the start of the deployment',
  deployStartToFinish: 'from the start of the deployment to its end',
}
/** Where a change waits for somebody's word. */
const REVIEWS = ['readyToFirstReview', 'firstReviewToLastApproval']

export function hintsOf(facts: Facts, window: Window): readonly Hint[] {
  const stages = stagesOf(facts, window)
  return [
    slowestStage(stages),
    flakiestTest(facts, window),
    approvalWaits(stages, facts, window),
    failureClasses(facts, window),
  ].flatMap((hint) => hint ?? [])
}

type Stage = Spread & { readonly name: string; readonly p50: number }

function stagesOf(facts: Facts, window: Window): readonly Stage[] {
  const stages = (leadTime(facts, window).answer['stages'] ?? {}) as Readonly<
    Record<string, Spread>
  >
  return Object.entries(stages).flatMap(([name, { p50, ...spread }]) =>
    p50 === null || spread.n < FEW ? [] : [{ name, ...spread, p50 }],
  )
}

function slowestStage(stages: readonly Stage[]): Hint | undefined {
  const [slowest] = stages.toSorted((a, b) => b.p50 - a.p50 || (a.name < b.name ? -1 : 1))
  if (slowest === undefined || slowest.p50 === 0) return undefined
  const { name, p50, n } = slowest
  const says = `Changes take longest ${STAGES[name] ?? name}: half of them ${said(p50)} or more.`
  return { kind: 'slowestStage', says, n, look: 'insights leadTime --debug' }
}

function approvalWaits(stages: readonly Stage[], facts: Facts, window: Window): Hint | undefined {
  const waits = stages.filter(({ name }) => REVIEWS.includes(name))
  const people = duration(facts, window).answer['humanWait'] as Spread | undefined
  const inRuns =
    people === undefined || people.p50 === null || people.n < FEW
      ? []
      : [{ ...people, name: 'humanWait', p50: people.p50 }]
  const [longest] = [...waits, ...inRuns].toSorted(
    (a, b) => b.p50 - a.p50 || (a.name < b.name ? -1 : 1),
  )
  if (longest === undefined || longest.p50 === 0) return undefined
  const { name, p50, p90, n } = longest
  const where = STAGES[name] ?? 'inside of pipelines'
  const most = p90 === null ? '' : `, one of ten ${said(p90)}`
  return {
    kind: 'approvalWaits',
    says: `People are waited for ${where}: half of the waits last ${said(p50)} or more${most}.`,
    n,
    look: name === 'humanWait' ? 'insights pipelineDuration' : 'insights leadTime --debug',
  }
}

/** The test that most often both failed and passed on one commit. */
function flakiestTest(facts: Facts, window: Window): Hint | undefined {
  const shas = new Map(facts.runs.map(({ run, sha }) => [run, sha]))
  const tests = new Map<string, Map<string, number>>()
  for (const report of facts.told.of('tests.reported')) {
    if (!isIn(window, report.occurredAt)) continue
    const commit = report.sha ?? shas.get(report.run) ?? `run ${report.run}`
    for (const { test, outcome } of report.tests) {
      if (outcome === 'skipped') continue
      const name = `${test} (${report.configuration})`
      const commits = tests.get(name) ?? new Map<string, number>()
      commits.set(commit, (commits.get(commit) ?? 0) | (outcome === 'failed' ? 1 : 2))
      tests.set(name, commits)
    }
  }
  const counted = [...tests].map(([name, commits]) => ({
    name,
    n: commits.size,
    flakes: [...commits.values()].filter((bits) => bits === 3).length,
  }))
  const [worst] = counted.toSorted((a, b) => b.flakes - a.flakes || (a.name < b.name ? -1 : 1))
  if (worst === undefined || worst.flakes === 0) return undefined
  const { name, n, flakes } = worst
  const says = `The flakiest test is ${name}: it failed and passed on ${flakes} of ${n} commits.`
  return { kind: 'flakiestTest', says, n, look: 'insights flakyTestRate --debug' }
}

function failureClasses(facts: Facts, window: Window): Hint | undefined {
  const runs = new Map<string, Set<string>>()
  const all = new Set<string>()
  for (const told of facts.told.of('failure.diagnosed')) {
    if (!isIn(window, told.occurredAt)) continue
    all.add(told.run)
    runs.set(told.class, (runs.get(told.class) ?? new Set()).add(told.run))
  }
  if (all.size === 0) return undefined
  const top = [...runs]
    .map(([name, its]) => ({ name, count: its.size }))
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, CLASSES_MAX)
    .map(({ name, count }) => `${name} (${count})`)
  return {
    kind: 'failureClasses',
    says: `Runs failed most often for: ${top.join(', ')}.`,
    n: all.size,
    look: 'insights timeToDiagnose --debug',
  }
}

const said = (ms: number) => formatDuration(Math.round(ms))
