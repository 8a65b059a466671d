/**
 * Runs the tests: `fast` those that start nothing, `all` the others too, and every law over ten
 * thousand histories instead of a few hundred; `e2e` those in a browser alone, with every picture. Every integration file is a process of its own, with
 * a database of its own; two at once is what two cores carry.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'

const isSlow = (file: string) => /\.(int|e2e)\.test\.ts$/.test(file)
const files = globSync([
  'src/**/*.test.ts',
  'test/**/*.test.ts',
  'web/src/**/*.test.ts',
  'bench/**/*.test.ts',
]).sort()
const wanted = process.argv[2] ?? 'fast'
/** Enough to notice at once what is plainly broken. */
const FEW_HISTORIES = '500'
const env = {
  ...(wanted === 'fast' && { LAW_HISTORIES: FEW_HISTORIES }),
  ...(wanted === 'e2e' && { SWEEP: 'all' }),
  ...process.env,
}

async function run(title: string, args: readonly string[], some: readonly string[]) {
  if (some.length === 0) return 0
  console.log(`\n${title}: ${some.length} files`)
  const reporter = process.env['CI'] === undefined ? 'dot' : 'spec'
  const child = spawn(
    process.execPath,
    [
      '--test',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...args,
      ...some,
    ],
    { stdio: 'inherit', env },
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

// One process for all that is pure: starting Node for each would take ten times as long.
const fast = await run(
  'tests that start nothing',
  ['--test-isolation=none'],
  wanted === 'e2e' ? [] : files.filter((file) => !isSlow(file)),
)
// One after the other: a browser beside a browser is no machine of a person's.
const browsed = await run(
  'people’s errands',
  ['--test-concurrency=1', '--test-timeout=1800000'],
  wanted === 'e2e' ? files.filter((file) => file.endsWith('.e2e.test.ts')) : [],
)
const slow =
  wanted === 'all' && fast === 0
    ? await run(
        'tests with real servers',
        ['--test-concurrency=2', '--test-timeout=900000'],
        files.filter(isSlow),
      )
    : 0
process.exitCode = fast || browsed || slow
