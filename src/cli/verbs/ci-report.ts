/** ci report: how a job of another CI system ended, told by the job itself. */
import type { Command } from 'commander'
import { reportJob } from '../ci/reporting.ts'
import { ciJobIn } from '../ci/surroundings.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, green, raw, red } from '../output.ts'
import type { Act, Roles } from '../program.ts'

interface Flags {
  readonly job: string
  readonly leg?: string
  readonly service?: string
  readonly outcome: string
  readonly exitCode?: string
  readonly began?: string
  readonly junit: readonly string[]
  readonly artifact: readonly string[]
  readonly audience?: string
}

export function addCiReport(
  verb: Command,
  run: (act: Act) => Promise<void>,
  roles: Pick<Roles, 'testReports'>,
): void {
  verb
    .command('report')
    .description('tell the server how this job of another CI system ended; called by that job')
    .requiredOption('--job <name>', 'as the pipeline calls it')
    .requiredOption(
      '--outcome <outcome>',
      'succeeded, failed, cancelled, timedOut or cached, or in the words of the system',
    )
    .option('--service <name>', 'the only one of the repository when left out')
    .option('--leg <values>', 'of its matrix, with dashes between')
    .option('--exit-code <code>', 'what its command exited with')
    .option('--began <seconds>', 'since 1970: when it began')
    .option('--junit <globs...>', 'test reports, JUnit or go test -json', [])
    .option('--artifact <artifacts...>', 'name=sha256:… and @address, what it made elsewhere', [])
    .option('--audience <audience>', 'whom the token is signed for; the server when left out')
    .action((flags: Flags) => run(async (context) => report(context, roles, flags)))
}

/** How GitHub, GitLab, Jenkins and shells say the same. */
const OUTCOMES: Readonly<Record<string, string>> = {
  success: 'succeeded',
  '0': 'succeeded',
  failure: 'failed',
  unstable: 'failed',
  canceled: 'cancelled',
  aborted: 'cancelled',
  '124': 'timedOut',
}

async function report(
  context: CliContext,
  roles: Pick<Roles, 'testReports'>,
  flags: Flags,
): Promise<number> {
  const { io, api, environment } = context
  const made = flags.artifact.map(artifactIn)
  const odd = made.findIndex((each) => each === undefined)
  if (odd >= 0) {
    const text = clean(flags.artifact[odd] ?? '')
    io.err(`${text} is no artifact. Write name=sha256:…, and @address behind it.\n`)
    return EXIT.usage
  }
  const tests = flags.junit.length === 0 ? undefined : await roles.testReports('.', flags.junit)
  const { service, leg } = flags
  const exitCode = whole(flags.exitCode ?? (isCode(flags.outcome) ? flags.outcome : undefined))
  const about = { url: api.url, audience: flags.audience ?? api.url, environment }
  const told = {
    job: flags.job,
    outcome: outcomeOf(flags.outcome),
    durationMs: durationOf(flags.began),
    artifacts: made.flatMap((each) => each ?? []),
    ...(service !== undefined && { service }),
    ...(leg !== undefined && leg !== '' && { leg }),
    ...(exitCode !== undefined && { exitCode }),
  }
  const answer = await reportJob({ ...about, job: ciJobIn(environment) }, told, tests)
  if (context.format !== 'table') raw(context, answer)
  else {
    const counted = tests && `, ${tests.totals.passed} passed, ${tests.totals.failed} failed`
    const mark = answer.outcome === 'failed' ? red('reported', io) : green('reported', io)
    io.out(`${mark}  ${clean(flags.job)} ${told.outcome}${counted ?? ''}: ${answer.run}\n`)
  }
  return EXIT.done
}

const isCode = (text: string) => /^\d{1,3}$/.test(text)

function outcomeOf(said: string): string {
  const known = OUTCOMES[said.toLowerCase()]
  if (known !== undefined) return known
  return isCode(said) ? 'failed' : said
}

function whole(text: string | undefined): number | undefined {
  const value = Number(text)
  return text !== undefined && Number.isSafeInteger(value) && value >= 0 && value <= 255
    ? value
    : undefined
}

const DAY_MS = 24 * 60 * 60 * 1000

function durationOf(began: string | undefined): number {
  const since = Date.now() - Number(began) * 1000
  return began !== undefined && since >= 0 && since <= DAY_MS ? since : 0
}

/** `shop=sha256:…@oci://registry.example/shop` */
function artifactIn(text: string): object | undefined {
  const read = /^([^=]{1,200})=(sha256:[0-9a-f]{64})(?:@(\S{1,1000}))?$/.exec(text)
  if (read === null) return undefined
  const [, name, digest, uri] = read
  return { name, digest, ...(uri !== undefined && { uri }) }
}
