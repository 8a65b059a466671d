/**
 * `npm run bench -- canary [--json] [--n=30]`: our canary judge and those of others on the same
 * seeded traces. How many good releases each takes back, how many bad ones it misses, and how many
 * requests go bad until it acts. `--aa=5000` instead: so many hours in which nothing happens, and
 * whether α is kept. Exit code 1 when a goal of ours is missed, and the table says which.
 */
import { type Results, JUDGES, OURS, mean, summarise, tryFamily } from './canary/fixed.ts'
import { HARMLESS, falseRollbacks } from './canary/harmless.ts'
import { OURS_ALPHA, ours } from './canary/ours.ts'
import { Random } from './canary/random.ts'
import { HARD, HEALTHY, REGRESSIONS } from './canary/scenarios.ts'
import { trace } from './canary/trace.ts'
import { leastBad } from './canary/wald.ts'
import { ours as wholeOurs } from './canary/whole/ours.ts'
import { WHOLE_PEERS } from './canary/whole/peers.ts'
import { type Tool, rollOuts } from './canary/whole/rollout.ts'
import { WHOLE_BAD, WHOLE_HEALTHY, WHOLE_OTHER } from './canary/whole/scenarios.ts'
import { type Figure, type Figures, isMissed, percentile } from './figures.ts'

/** Harmless releases that a setting may take back: all of them, and of the worst scenario. */
const USABLE = { mean: 0.01, worst: 0.05 }
/** Rollouts a scenario: thirty take some minutes of one core, a hundred and fifty a quarter hour. */
const N = 30
const PERCENT = 100

export async function run(): Promise<Figures> {
  const hours = numberOf('--aa=')
  const figures = hours === undefined ? everybody(numberOf('--n=') ?? N) : harmless(hours)
  // Asked for or not: these goals are what the judge is trusted for.
  if (Object.values(figures).some(isMissed)) process.exitCode = 1
  return figures
}

function numberOf(option: string): number | undefined {
  const asked = process.argv.find((arg) => arg.startsWith(option))?.slice(option.length)
  const n = Number(asked)
  if (asked !== undefined && (!Number.isInteger(n) || n < 1 || n > 10_000))
    throw new Error(`${option}${asked} is no number of rollouts: from 1 to 10000`)
  return asked === undefined ? undefined : n
}

function everybody(n: number): Figures {
  const names = Object.keys(JUDGES)
  const healthy = tryFamily(HEALTHY, n, names)
  const regressions = tryFamily(REGRESSIONS, n, names)
  const hard = tryFamily(HARD, n, names)
  return {
    ...table(healthy, regressions, hard),
    ...goals(healthy, regressions, hard),
    ...nearLeast(regressions),
    ...whole(n),
  }
}

function harmless(hours: number): Figures {
  return Object.fromEntries(
    Object.entries(HARMLESS).map(([name, { alphas = 1 }]) => [
      `goal: α kept, ${name}`,
      atMost(PERCENT * falseRollbacks(name, hours), PERCENT * alphas * OURS_ALPHA, `% of ${hours}`),
    ]),
  )
}

/** How many times what no test could do with fewer, where traffic is even. */
function nearLeast(regressions: Results): Figures {
  const all = Object.entries(REGRESSIONS).flatMap(([name, scenario]) => {
    const least = leastBad(scenario, OURS_ALPHA)
    const bad = regressions[name]?.[OURS]?.bad
    if (least === undefined || bad === undefined) return []
    return [{ name, times: bad / least.bad, isTight: least.isTight }]
  })
  const worst = (isTight: boolean) =>
    all.filter((each) => each.isTight === isTight).toSorted((a, b) => b.times - a.times)[0]
  const [many, few] = [worst(true), worst(false)]
  return {
    'goal: over the least there can be': atMost(
      many?.times ?? Number.NaN,
      2.3,
      `times, ${many?.name}`,
    ),
    'over the least, of fewer than two failures': {
      value: few?.times ?? Number.NaN,
      unit: `times, ${few?.name}`,
    },
  }
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

function goals(healthy: Results, regressions: Results, hard: Results): Figures {
  const us = summarise(OURS, healthy, regressions)
  const all = (kind: string) =>
    Object.keys(JUDGES)
      .filter((name) => name.startsWith(kind))
      .map((name) => summarise(name, healthy, regressions))
  const bestOf = (kind: string) => Math.min(...all(kind).map(({ bad }) => bad))
  // Its defaults take back every tenth harmless release: faster, and of no use to anybody.
  const usable = all('kayenta').filter(
    ({ falseMean, falseWorst }) => falseMean <= USABLE.mean && falseWorst <= USABLE.worst,
  )
  const bestUsable = Math.min(...usable.map(({ bad }) => bad))
  const fewest = Math.min(...all('sequential').map(({ falseMean }) => falseMean))
  return {
    'goal: bad requests': atMost(us.bad, 20, 'geometric mean'),
    'goal: false rollbacks': atMost(PERCENT * us.falseMean, 0.5, '%'),
    'goal: false rollbacks, worst': atMost(PERCENT * us.falseWorst, 2, '%'),
    'goal: hard set': atMost(PERCENT * summarise(OURS, hard, {}).falseMean, 3, '%'),
    'goal: best usable kayenta over us': atLeast(bestUsable / us.bad, 5, 'times'),
    'fastest kayenta over us': { value: bestOf('kayenta') / us.bad, unit: 'times' },
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

/** Each scenario by every tool, ours first; and how soon, and how often for nothing. */
function whole(n: number): Figures {
  const tools = { signalbox: wholeOurs, ...WHOLE_PEERS }
  const all = Object.entries(tools).map(([name, tool]) => ({ name, ...wholeBy(tool, n) }))
  const scenarios = Object.keys({ ...WHOLE_BAD, ...WHOLE_OTHER })
  const rows = scenarios.flatMap((scenario) =>
    all.map(({ name, bad }): [string, Figure] => {
      const rollouts = bad.get(scenario) ?? []
      const missed = PERCENT * mean(rollouts.map((each) => Number(each.rolledBackBy !== 'tool')))
      const unit = `bad requests, ${Math.round(missed)} % not by it`
      return [
        `rollout ${scenario}: ${name}`,
        { value: mean(rollouts.map((each) => each.bad)), unit },
      ]
    }),
  )
  const others = all.flatMap(({ name, minutes, falsely }): [string, Figure][] => [
    [`rollout: false rollbacks: ${name}`, { value: PERCENT * falsely, unit: '%' }],
    [`rollout: most of the traffic: ${name}`, { value: minutes, unit: 'min, median' }],
  ])
  return { ...Object.fromEntries([...rows, ...others]), ...wholeGoals(all[0]) }
}

function wholeBy(tool: Tool, n: number) {
  const healthy = [...rollOuts(tool, WHOLE_HEALTHY, n).values()].flat()
  return {
    bad: rollOuts(tool, { ...WHOLE_BAD, ...WHOLE_OTHER }, n),
    minutes: percentile(
      healthy.flatMap(({ mostAt }) => mostAt ?? []),
      0.5,
    ),
    falsely: mean(healthy.map(({ rolledBackBy }) => (rolledBackBy === 'tool' ? 1 : 0))),
  }
}

function wholeGoals(us: ReturnType<typeof wholeBy> | undefined): Figures {
  const bad = Object.keys(WHOLE_BAD).map((name) => ({ name, all: us?.bad.get(name) ?? [] }))
  const worst = Math.max(...bad.map(({ all }) => mean(all.map((each) => each.bad))))
  const doubled = bad.filter(({ name }) => name.startsWith('x2 ')).flatMap(({ all }) => all)
  const promoted = mean(doubled.map(({ mostAt }) => (mostAt === undefined ? 0 : 1)))
  return {
    'goal: rollout, most of the traffic': atMost(us?.minutes ?? Number.NaN, 16, 'min, median'),
    'goal: rollout, bad requests': atMost(worst, 35, 'worst of those bad at once'),
    'goal: rollout, doubled and promoted': atMost(PERCENT * promoted, 2, '%'),
  }
}

/** The best of many rounds: whatever else the machine does can only add to it. */
function microsecondsPerTick(): number {
  const scenario = { rps: 200, weight: 0.05, bad: 1e-3 }
  const ticks = trace(scenario, new Random(1))
  const judge = ours(OURS_ALPHA)
  const rounds = Array.from({ length: 100 }, (_, i) => {
    const before = process.cpuUsage()
    judge(ticks, scenario, new Random(i))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / ticks.length
  })
  return Math.min(...rounds)
}

function atMost(value: number, most: number, unit: string): Figure {
  return { value, unit, goal: `≤ ${most}` }
}
function atLeast(value: number, least: number, unit: string): Figure {
  return { value, unit, goal: `≥ ${least}` }
}
