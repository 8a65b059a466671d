/**
 * `npm run bench -- canary [--json] [--n=30]`: our canary judge and those of others on the same
 * seeded traces. How many good releases each takes back, how many bad ones it misses, and how many
 * requests go bad until it acts. Exit code 1 when a goal of ours is missed, and the table says which.
 */
import { type Results, JUDGES, OURS, mean, summarise, tryFamily } from './canary/fixed.ts'
import { ours } from './canary/ours.ts'
import { Random } from './canary/random.ts'
import { HARD, HEALTHY, REGRESSIONS } from './canary/scenarios.ts'
import { trace } from './canary/trace.ts'
import { WHOLE_BAD, WHOLE_HEALTHY, WHOLE_OTHER, rollOuts } from './canary/whole.ts'
import { type Figure, type Figures, percentile } from './figures.ts'

/** Rollouts a scenario: thirty take some minutes of one core, a hundred and fifty a quarter hour. */
const N = 30
const PERCENT = 100

interface Goal extends Figure {
  readonly isMet: boolean
}

export async function run(): Promise<Figures> {
  const asked = process.argv.find((arg) => arg.startsWith('--n='))?.slice('--n='.length)
  const n = asked === undefined ? N : Number(asked)
  if (!Number.isInteger(n) || n < 1 || n > 10_000)
    throw new Error(`--n=${asked} is no number of rollouts: from 1 to 10000`)
  const names = Object.keys(JUDGES)
  const healthy = tryFamily(HEALTHY, n, names)
  const regressions = tryFamily(REGRESSIONS, n, names)
  const hard = tryFamily(HARD, n, names)
  const figures = {
    ...table(healthy, regressions, hard),
    ...goals(healthy, regressions, hard),
    ...whole(n),
  }
  const missed = Object.entries(figures).filter(([, figure]) => 'isMet' in figure && !figure.isMet)
  for (const [name, { value, goal }] of missed)
    console.error(`goal missed: ${name} ${value} (${goal})`)
  if (missed.length > 0) process.exitCode = 1
  return figures
}

function table(healthy: Results, regressions: Results, hard: Results): Figures {
  return Object.fromEntries(
    Object.keys(JUDGES).flatMap((name): [string, Figure][] => {
      const seen = summarise(name, healthy, regressions)
      const busy = summarise(name, hard, {})
      return [
        [`${name}: false rollbacks`, { value: PERCENT * seen.falseMean, unit: '%' }],
        [`${name}: worst`, { value: PERCENT * seen.falseWorst, unit: `% ${seen.worst}` }],
        [`${name}: hard set`, { value: PERCENT * busy.falseMean, unit: '%' }],
        [`${name}: missed`, { value: PERCENT * seen.missed, unit: '%' }],
        [`${name}: bad requests`, { value: seen.bad, unit: 'geometric mean' }],
        [`${name}: found after`, { value: seen.minutes, unit: 'min, median' }],
      ]
    }),
  )
}

function goals(healthy: Results, regressions: Results, hard: Results): Record<string, Goal> {
  const us = summarise(OURS, healthy, regressions)
  const all = (kind: string) =>
    Object.keys(JUDGES)
      .filter((name) => name.startsWith(kind))
      .map((name) => summarise(name, healthy, regressions))
  const bestOf = (kind: string) => Math.min(...all(kind).map(({ bad }) => bad))
  const fewest = Math.min(...all('sequential').map(({ falseMean }) => falseMean))
  return {
    'goal: bad requests': atMost(us.bad, 20, 'geometric mean'),
    'goal: false rollbacks': atMost(PERCENT * us.falseMean, 0.5, '%'),
    'goal: false rollbacks, worst': atMost(PERCENT * us.falseWorst, 2, '%'),
    'goal: hard set': atMost(PERCENT * summarise(OURS, hard, {}).falseMean, 3, '%'),
    'goal: best kayenta over us': atLeast(bestOf('kayenta') / us.bad, 5, 'times'),
    'goal: best argo over us': atLeast(bestOf('argo') / us.bad, 4, 'times'),
    'goal: best flagger over us': atLeast(bestOf('flagger') / us.bad, 4, 'times'),
    'goal: best sequential over us': atLeast(bestOf('sequential') / us.bad, 1, 'times'),
    'goal: four times our false rollbacks': atMost(
      PERCENT * 4 * us.falseMean,
      PERCENT * fewest,
      '%, of the sequential ones the fewest',
    ),
    'goal: a tick': atMost(microsecondsPerTick(), 50, 'µs of processor'),
  }
}

function whole(n: number): Record<string, Figure | Goal> {
  const healthy = [...rollOuts(WHOLE_HEALTHY, n).values()]
  const bad = [...rollOuts(WHOLE_BAD, n)]
  const badMean = bad.map(([, all]) => mean(all.map((each) => each.bad)))
  const minutes = healthy.flat().flatMap(({ mostAt }) => mostAt ?? [])
  const falsely = healthy.map((all) => mean(all.map(({ isRolledBack }) => (isRolledBack ? 1 : 0))))
  const doubled = bad.filter(([name]) => name.startsWith('x2 ')).flatMap(([, all]) => all)
  const told = [...bad, ...rollOuts(WHOLE_OTHER, n)].map(([name, all]): [string, Figure] => [
    `rollout ${name}`,
    { value: mean(all.map((each) => each.bad)), unit: 'bad requests' },
  ])
  return {
    ...Object.fromEntries(told),
    'rollout: false rollbacks': { value: PERCENT * mean(falsely), unit: '%' },
    'goal: rollout, most of the traffic': atMost(percentile(minutes, 0.5), 16, 'min, median'),
    'goal: rollout, bad requests': atMost(Math.max(...badMean), 35, 'worst of those bad at once'),
    'goal: rollout, doubled and promoted': atMost(
      PERCENT * mean(doubled.map(({ mostAt }) => (mostAt === undefined ? 0 : 1))),
      2,
      '%',
    ),
  }
}

/** The best of many rounds: whatever else the machine does can only add to it. */
function microsecondsPerTick(): number {
  const scenario = { rps: 200, weight: 0.05, bad: 1e-3 }
  const ticks = trace(scenario, new Random(1))
  const judge = ours(0.02)
  const rounds = Array.from({ length: 100 }, (_, i) => {
    const before = process.cpuUsage()
    judge(ticks, scenario, new Random(i))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / ticks.length
  })
  return Math.min(...rounds)
}

function atMost(value: number, most: number, unit: string): Goal {
  return { value, unit, goal: `≤ ${most}`, isMet: value <= most }
}
function atLeast(value: number, least: number, unit: string): Goal {
  return { value, unit, goal: `≥ ${least}`, isMet: value >= least }
}
