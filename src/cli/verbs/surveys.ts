/** survey: how content people are with releasing, asked by links that know nobody. */
import type { CliContext } from '../context.ts'
import { ago, bold, clean, dim, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Survey {
  readonly survey: string
  readonly title: string
  readonly status: 'open' | 'closed'
  readonly invited: number
  readonly answers: number
  readonly openedAt: number
  readonly closesAt: number
}
interface Result extends Survey {
  readonly question: string
  readonly mean: number | null
  readonly interval: readonly [number, number] | null
  readonly scores: readonly number[] | null
  readonly comments: readonly string[] | null
}
interface Opened {
  readonly survey: string
  readonly title: string
  readonly closesAt: number
  readonly links: readonly string[]
}

interface Flags {
  readonly invite: string
  readonly question?: string
  readonly days: string
}

export const addSurveys: AddVerbs = (program, run) => {
  const survey = program.command('survey').description('ask how content people are with releasing')
  survey
    .command('list', { isDefault: true })
    .description('surveys, and how many have answered')
    .action(() => run(list))
  survey
    .command('create')
    .description('open one, and get a link for each who is asked: they are told once')
    .argument('<title>')
    .requiredOption('--invite <count>', 'how many links, 5 to 1000')
    .option('--question <text>', 'what is asked (left out: how satisfied one is)')
    .option('--days <count>', 'until it closes by itself', '14')
    .action((title: string, flags: Flags) => run((context) => create(context, title, flags)))
  survey
    .command('show')
    .description('what it came to; below five answers nothing is shown')
    .argument('<survey>')
    .action((id: string) => run(async (context) => say(context, await read(context, id))))
  survey
    .command('close')
    .description('take no more answers')
    .argument('<survey>')
    .action((id: string) =>
      run(async (context) => say(context, await context.api.post<Result>(`${pathOf(id)}/close`))),
    )
}

const pathOf = (id: string) => `/surveys/${encodeURIComponent(id)}`
const read = ({ api }: CliContext, id: string) => api.get<Result>(pathOf(id))
const day = (at: number) => new Date(at).toISOString().slice(0, 10)

async function list(context: CliContext): Promise<void> {
  show(
    context,
    await context.api.get<Survey[]>('/surveys'),
    [
      ['survey', ({ survey }) => survey],
      ['title', ({ title }) => title],
      ['status', ({ status }) => status],
      ['answers', ({ answers, invited }) => `${answers} of ${invited}`],
      ['opened', ({ openedAt }) => ago(openedAt)],
      ['closes', ({ closesAt }) => day(closesAt)],
    ],
    'Nobody was asked yet: signalbox survey create "Releasing, third quarter" --invite 40',
  )
}

async function create(
  context: CliContext,
  title: string,
  { invite, days, question }: Flags,
): Promise<void> {
  const asked = {
    title,
    invited: Number(invite),
    days: Number(days),
    ...(question && { question }),
  }
  const opened = await context.api.post<Opened>('/surveys', asked)
  const links = opened.links.map((link) => `${context.api.url}${link}`)
  if (context.format !== 'table') return raw(context, { ...opened, links })
  const { io } = context
  io.out(links.map((link) => `${link}\n`).join(''))
  io.err(`${opened.survey} is open until ${day(opened.closesAt)}. `)
  io.err(dim('These links are shown once; give each to one person, in no order.\n', io))
}

function say(context: CliContext, result: Result): void {
  if (context.format !== 'table') return raw(context, result)
  const { io } = context
  const { title, question, status, answers, invited, mean, interval, scores, comments } = result
  io.out(`${bold(clean(title), io)} (${status}, closes ${day(result.closesAt)})\n`)
  io.out(`${clean(question)}\n${answers} of ${invited} answered.\n`)
  if (mean === null || scores === null) {
    io.out('Fewer than five answers are not shown.\n')
    return
  }
  const range = interval === null ? '' : ` (${interval.map((end) => end.toFixed(2)).join(' – ')})`
  io.out(`Mean ${mean.toFixed(2)}${range}\n`)
  for (const [i, count] of scores.entries()) io.out(`  ${i + 1}  ${count}\n`)
  for (const comment of comments ?? []) io.out(`- ${clean(comment)}\n`)
}
