/** The files of tests that shards share: which there are, and how a command hears of them. */
import { Fault } from '#kernel/fault.ts'
import type { JobShard } from '../pipelines/events.ts'
import { listFiles } from './files.ts'
import { compileGlobs } from './glob.ts'

/** What tools run by themselves, of those that take files on their command line. */
const TESTS = [
  '**/*.{test,spec}.{js,jsx,mjs,cjs,ts,tsx,mts,cts}',
  '**/{test_*,*_test}.py',
  '**/*_{spec,test}.rb',
  '**/*Test.php',
]
/** Other people's tests; a walk through them takes longer than most tests. */
const FOREIGN = /(?:^|\/)(?:node_modules|vendor|\.venv|\.git)$/
/** An environment variable may hold a little more. */
const VARIABLE_LENGTH_MAX = 100_000

/** Throws Fault `runner.no-test-files`. */
export async function testFiles(folder: string, { files }: JobShard): Promise<string[]> {
  const globs = compileGlobs(files ?? TESTS)
  const isForeign = (path: string) => files === undefined && FOREIGN.test(path)
  const ours = { ...globs, mayHold: (path: string) => !isForeign(path) && globs.mayHold(path) }
  const found = await listFiles(folder, ours)
  const paths = found.filter(({ kind }) => kind === 'file').map(({ path }) => path)
  if (paths.length > 0) return paths
  throw new Fault('runner.no-test-files', 'There are no files of tests to share out.', {
    remedy: "Say where they are: shards: { total: 4, files: ['test/**/*.test.js'] }.",
    retry: false,
  })
}

/** As in `vitest run $SIGNALBOX_TEST_FILES`. Throws Fault `runner.test-files-unsayable`. */
export function filesVariable(files: readonly string[]): Record<string, string> {
  const odd = files.find((file) => /[\s'"\\$`*?]/.test(file))
  if (odd !== undefined)
    throw new Fault(
      'runner.test-files-unsayable',
      `The name ${JSON.stringify(odd)} would be several words to a shell.`,
      { remedy: 'Name the file without spaces, quotes and wildcards.', retry: false },
    )
  const all = files.join(' ')
  if (all.length <= VARIABLE_LENGTH_MAX) return { SIGNALBOX_TEST_FILES: all }
  const message = `The names of ${files.length} files of tests are longer than a variable may be.`
  throw new Fault('runner.test-files-unsayable', message, {
    remedy: 'Use more shards, or name folders as their `files`.',
    retry: false,
  })
}
