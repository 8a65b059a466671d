/** record, recorder: what happened elsewhere, signed by the machine that saw it. */
import type { Recorded, RecordedCheck } from '#kernel/record.ts'
import { Refusal } from '../api.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, clean, raw, red, show, yellow } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { ensureRegistered, openSpool, register } from '../spool/registering.ts'
import { isDown, upload } from '../spool/upload.ts'

interface CheckFlags {
  readonly service: string
  readonly commit?: string
  readonly artifact?: string
  readonly outcome: string
  readonly job?: string
  readonly passed?: string
  readonly failed?: string
  readonly link?: string
  readonly dryRun: boolean
}

interface Row {
  readonly record: string
  readonly kind: 'check' | 'unanswered'
  readonly service: string
  readonly environment: string | null
  readonly check: string | null
  readonly outcome: string | null
  readonly job: string | null
  readonly release: string | null
  readonly artifact: string | null
  readonly commit: string | null
  readonly policy: string | null
  readonly by: string
  readonly recordedAt: number
  readonly receivedAt: number
  readonly reviewedBy: string | null
}

export const addRecording: AddVerbs = (program, run) => {
  const record = program.command('record').description('what another CI found, signed here')
  record
    .command('check')
    .description('how a check ended, for an artifact or a commit; kept while no server answers')
    .argument('<check>', 'as the policy names it: tests, secret-scan')
    .requiredOption('--service <service>')
    .option('--commit <sha>', 'all 40 characters of it')
    .option('--artifact <digest>', 'sha256:…')
    .requiredOption('--outcome <outcome>', 'succeeded or failed')
    .option('--job <name>', 'which job says so; its last word counts (left out: the check)')
    .option('--passed <count>', 'tests that passed')
    .option('--failed <count>', 'tests that failed')
    .option('--link <url>', 'where it can be read')
    .option('--dry-run', 'say what would be recorded, and record nothing', false)
    .action((check: string, flags: CheckFlags) =>
      run((context) => recordCheck(context, check, flags)),
    )
  record
    .command('list', { isDefault: true })
    .description('what was recorded, newest first')
    .option('--service <service>')
    .option('--unanswered', 'only what went ahead without an answer and is not reviewed', false)
    .action((flags: { service?: string; unanswered: boolean }) =>
      run((context) => list(context, flags)),
    )
  record
    .command('show')
    .argument('<record>')
    .description('one record; of what went ahead unanswered also what the checks say now')
    .action((id: string) => run((context) => showRecord(context, id)))
  record
    .command('review')
    .description('look back at what went ahead without an answer')
    .argument('<record>')
    .requiredOption('--note <text>', 'what you found')
    .action((id: string, { note }: { note: string }) =>
      run(async (context) =>
        raw(context, await context.api.post(`/records/${encoded(id)}/review`, { note })),
      ),
    )
  addRecorders(program, run)
}

const encoded = encodeURIComponent

async function recordCheck(context: CliContext, check: string, flags: CheckFlags): Promise<number> {
  const wrong = whatIsWrong(check, flags)
  if (wrong !== undefined) {
    context.io.err(`${wrong}\n`)
    return EXIT.usage
  }
  const { service, commit, artifact, outcome, job = check, passed, failed, link } = flags
  const tests =
    passed === undefined && failed === undefined
      ? {}
      : { tests: { passed: Number(passed ?? 0), failed: Number(failed ?? 0) } }
  const what: RecordedCheck = {
    kind: 'check',
    service,
    ...(commit !== undefined && { commit }),
    ...(artifact !== undefined && { artifact }),
    check,
    outcome: outcome as RecordedCheck['outcome'],
    job,
    ...tests,
    ...(link !== undefined && { link }),
  }
  if (!flags.dryRun) return recordIt(context, what)
  raw(context, { dryRun: true, would: what })
  return EXIT.done
}

/** Before it is signed: what is wrong for good would only wait here to be refused. */
export function whatIsWrong(check: string, flags: CheckFlags): string | undefined {
  const { commit, artifact, outcome, passed, failed, link } = flags
  if (!/^[a-z][a-z0-9.-]{0,59}$/.test(check)) return `${check} is no check such as secret-scan.`
  if ((commit === undefined) === (artifact === undefined))
    return 'Say what was checked: --commit or --artifact, one of them.'
  if (commit !== undefined && !/^[0-9a-f]{40}$/.test(commit))
    return '--commit takes all 40 characters: git rev-parse HEAD.'
  if (artifact !== undefined && !/^sha256:[0-9a-f]{64}$/.test(artifact))
    return '--artifact takes a digest: sha256: and 64 characters.'
  if (outcome !== 'succeeded' && outcome !== 'failed')
    return `--outcome takes succeeded or failed, not ${outcome}.`
  if ([passed, failed].some((count) => count !== undefined && !/^\d{1,7}$/.test(count)))
    return '--passed and --failed take a number of tests.'
  if (link !== undefined && !(URL.canParse(link) && /^https?:/.test(link) && link.length <= 500))
    return '--link takes an address: https://…, 500 characters at most.'
  return undefined
}

/** Into the spool, and from there to the server: one way, whether or not it is there. */
async function recordIt(context: CliContext, what: Recorded): Promise<number> {
  const { api, io } = context
  const spool = await openSpool(context)
  try {
    await ensureRegistered(api, spool)
  } catch (error) {
    if (!isDown(error)) throw error
    io.err(`${red('not recorded', io)}  No server answers, and none has met this machine’s key.\n`)
    io.err('Run `signalbox recorder register` once while it does; then records wait here.\n')
    return EXIT.unreachable
  }
  const { number } = await spool.append(what, Date.now())
  const { sent, refused, stopped } = await upload(api, spool)
  const own = refused.find((each) => each.number === number)
  if (own?.refused !== undefined) {
    io.err(`Record ${number} is kept as refused: see signalbox spool list.\n`)
    throw new Refusal(409, own.refused)
  }
  const isSent = sent.includes(number)
  if (context.format !== 'table') raw(context, { number, sent: isSent })
  else if (isSent) io.out(`Recorded, as ${number} of this machine.\n`)
  if (isSent) return EXIT.done
  io.err(`${yellow('spooled', io)}  Record ${number} is kept in ${spool.folder}\n`)
  io.err('and is uploaded by the next call that reaches the server.\n')
  if (stopped === undefined || isDown(stopped)) return EXIT.done
  throw stopped
}

async function list(
  context: CliContext,
  flags: { readonly service?: string; readonly unanswered: boolean },
): Promise<void> {
  const { service, unanswered } = flags
  const query = { service, ...(unanswered && { unreviewed: true }) }
  show(
    context,
    await context.api.get<Row[]>('/records', query),
    [
      ['record', (row) => row.record],
      ['service', (row) => row.service],
      ['what', whatOf],
      ['of', (row) => row.commit?.slice(0, 8) ?? row.artifact?.slice(0, 19) ?? row.release],
      ['recorded', (row) => ago(row.recordedAt)],
      ['received', (row) => ago(row.receivedAt)],
      ['by', (row) => row.by],
    ],
    unanswered ? 'Nothing went ahead without an answer.' : 'Nothing was recorded yet.',
  )
}

interface Late {
  readonly version: string
  readonly checks: readonly {
    readonly name: string
    readonly state: string
    readonly message: string
  }[]
}

async function showRecord(context: CliContext, id: string): Promise<void> {
  const row = await context.api.get<Row>(`/records/${encoded(id)}`)
  if (row.kind === 'check') return raw(context, row)
  const late = await context.api.get<Late>(`/records/${encoded(id)}/late`)
  if (context.format !== 'table') return raw(context, { ...row, late })
  const { io } = context
  io.out(`${row.service} to ${row.environment}: ${whatOf(row)}\n`)
  io.out(`Asked by ${row.by}, ${ago(row.recordedAt)}; let pass by ${row.policy}.\n`)
  io.out(`Late checks of ${late.version}:\n`)
  show(
    context,
    late.checks,
    [
      ['check', ({ name }) => name],
      ['state', ({ state }) => state],
      ['what', ({ message }) => message],
    ],
    'None is asked for.',
  )
}

/** Where people look first: nobody has looked back at these. */
export async function sayUnanswered(context: CliContext, service?: string): Promise<void> {
  const query = { service, unreviewed: true, limit: SHOWN_MAX }
  for (const { service: of, environment, record, receivedAt } of await context.api.get<Row[]>(
    '/records',
    query,
  )) {
    const what = `${of} went to ${environment} without an answer, ${ago(receivedAt)}`
    context.io.out(`${red('✕ not reviewed', context.io)}  ${clean(what)} (${record})\n`)
  }
}

const SHOWN_MAX = 20

function whatOf(row: Row): string {
  if (row.kind === 'check') {
    const mark = row.outcome === 'succeeded' ? '✓' : '✕'
    return `${mark} ${row.check} ${row.outcome} (${row.job})`
  }
  const state = row.reviewedBy === null ? '✕ not reviewed' : `✓ reviewed by ${row.reviewedBy}`
  return `${state}: went to ${row.environment} without an answer`
}

interface RecorderRow {
  readonly recorder: string
  readonly name: string
  readonly actor: string
  readonly registeredAt: number
  readonly retiredAt: number | null
  readonly last: number
  readonly missing: readonly number[]
}

const addRecorders: AddVerbs = (program, run) => {
  const recorder = program.command('recorder').description('keys that sign records elsewhere')
  recorder.command('list', { isDefault: true }).action(() =>
    run(async (context) =>
      show(
        context,
        await context.api.get<RecorderRow[]>('/recorders'),
        [
          ['recorder', (row) => row.recorder.slice(0, 19)],
          ['machine', (row) => row.name],
          ['signs for', (row) => row.actor],
          ['state', (row) => (row.retiredAt === null ? '✓ registered' : '✕ retired')],
          ['records', (row) => row.last - row.missing.length],
          ['missing', (row) => (row.missing.length === 0 ? '' : row.missing.join(', '))],
        ],
        'None: signalbox recorder register',
      ),
    ),
  )
  recorder
    .command('register')
    .description('make this machine’s key known, as yours')
    .option('--name <name>', 'left out: the host’s name')
    .action(({ name }: { name?: string }) =>
      run(async (context) =>
        raw(context, await register(context.api, await openSpool(context), name)),
      ),
    )
  recorder
    .command('retire')
    .description('believe nothing more that this key signed')
    .argument('<recorder>', 'sha256:…, all of it')
    .requiredOption('--reason <text>')
    .action((id: string, { reason }: { reason: string }) =>
      run(async (context) =>
        raw(context, await context.api.post(`/recorders/${encoded(id)}/retire`, { reason })),
      ),
    )
}
