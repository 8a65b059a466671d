/**
 * `npm run bench -- <suite> [--json] [--assert]`: figures, printed as a table or as one JSON object;
 * with `--assert` a missed goal is a failure.
 */
import { type Figures, isMissed } from './figures.ts'

const SUITES: Readonly<Record<string, () => Promise<{ run(): Promise<Figures> }>>> = {
  audit: () => import('./audit.ts'),
  engine: () => import('./engine.ts'),
  start: () => import('./start.ts'),
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
if (args.includes('--json')) console.log(JSON.stringify(figures))
else
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([name, { value, unit, goal }]) => [
        name,
        { value: Number(value.toPrecision(4)), unit, goal: goal ?? '' },
      ]),
    ),
  )
const missed = Object.entries(figures).filter(([, figure]) => isMissed(figure))
for (const [name, { value, unit, goal }] of missed)
  console.error(`MISSED ${name}: ${Number(value.toPrecision(4))} ${unit}, goal ${goal}`)
if (args.includes('--assert') && missed.length > 0) process.exitCode = 1
