/**
 * `npm run bench -- <suite> [--json] [--assert]`: figures, as a table or as one JSON object. With
 * `--assert` a goal that is missed ends it with 1.
 */
import { type Figures, isMissed, withMisses } from './figures.ts'

const SUITES: Readonly<Record<string, () => Promise<{ run(): Promise<Figures> }>>> = {
  audit: () => import('./audit.ts'),
  engine: () => import('./engine.ts'),
  start: () => import('./start.ts'),
  web: () => import('./web.ts'),
  chaos: () => import('./chaos.ts'),
  releases: () => import('./releases.ts'),
  canary: () => import('./canary.ts'),
  faults: () => import('./faults.ts'),
  pipeline: () => import('./pipeline.ts'),
  insights: () => import('./insights.ts'),
  'pipeline-faults': () => import('./pipeline-faults.ts'),
}

const args = process.argv.slice(2)
const suite = SUITES[args.find((arg) => !arg.startsWith('--')) ?? '']
if (suite === undefined) {
  console.error(`Which suite? ${Object.keys(SUITES).join(', ')}. Add --json for machines.`)
  process.exit(2)
}
const figures = await (await suite()).run()
if (args.includes('--json')) console.log(JSON.stringify(withMisses(figures)))
else
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([name, figure]) => {
        const { value, unit, goal = '' } = figure
        const says = isMissed(figure) ? `${goal} MISSED` : goal
        return [name, { value: Number(value.toPrecision(4)), unit, goal: says }]
      }),
    ),
  )
const missed = Object.entries(figures).filter(([, figure]) => isMissed(figure))
for (const [name, { value, unit, goal }] of missed)
  console.error(`MISSED ${name}: ${value} ${unit} (${goal})`)
if (missed.length > 0 && args.includes('--assert')) process.exitCode = 1
