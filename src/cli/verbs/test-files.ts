/**
 * test next: the files of tests that a shard is to run, for scripts that hand them to their tool
 * themselves. Under a runner those are what it was handed; elsewhere, where nobody shares them out
 * while they run, all are dealt by count.
 */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CliContext, EXIT } from '../context.ts'
import type { AddVerbs } from '../program.ts'

const FILES_MAX = 5_000

export const addTestFiles: AddVerbs = (program, run) => {
  const test = program.command('test').description('tests that several shards share')
  test
    .command('next')
    .description('files of tests for this shard, one a line; ends with 1 when nothing is left')
    .argument('[glob...]', 'where they are, when nobody has shared them out')
    .action((globs: string[]) => run((context) => Promise.resolve(next(context, globs))))
}

function next({ io, environment }: CliContext, globs: readonly string[]): number {
  const index = Number(environment['SIGNALBOX_SHARD_INDEX'] ?? 1)
  const total = Number(environment['SIGNALBOX_SHARD_TOTAL'] ?? 1)
  const isShard = Number.isInteger(index) && Number.isInteger(total) && index >= 1 && index <= total
  if (!isShard) {
    io.err(`There is no shard ${index} of ${total}: SIGNALBOX_SHARD_INDEX counts from 1.\n`)
    return EXIT.usage
  }
  const handed = environment['SIGNALBOX_TEST_FILES']?.split(' ').filter((file) => file !== '')
  if (handed === undefined && globs.length === 0) {
    io.err("Say where the tests are: signalbox test next 'test/**/*.test.js'\n")
    return EXIT.usage
  }
  const files = handed ?? dealt(globs, index, total)
  if (files.length > FILES_MAX) {
    io.err(`${files.length} files of tests; ${FILES_MAX} at most. Name folders instead.\n`)
    return EXIT.refused
  }
  // Asked again by the same script, it has them already: that is how a loop comes to its end.
  const asked = [environment['SIGNALBOX_TEST_PORTION'] ?? '', parent(), process.cwd(), ...globs]
  if (files.length === 0 || !isFirst(asked)) return EXIT.refused
  io.out(`${files.join('\n')}\n`)
  return EXIT.done
}

/** Every shard sees the same files in the same order: each takes its turn. */
function dealt(globs: readonly string[], index: number, total: number): string[] {
  const exclude = (path: string) => /(?:^|\/)(?:node_modules|\.git)$/.test(path)
  const found = globSync([...globs], { exclude }).map((path) => path.replaceAll('\\', '/'))
  return [...new Set(found)].toSorted().filter((_, i) => i % total === index - 1)
}

function isFirst(asked: readonly string[]): boolean {
  const name = createHash('sha256').update(asked.join('\n')).digest('hex').slice(0, 24)
  try {
    mkdirSync(join(tmpdir(), `signalbox-test-next-${name}`))
    return true
  } catch {
    return false
  }
}

/** The script, told from others that had its number before. */
function parent(): string {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[20]}`
  } catch {
    return String(process.ppid)
  }
}
