/** doctor, login, actor: what is set up once and looked at when something is odd. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Option } from 'commander'
import { makeApi, Unreachable } from '../api.ts'
import { type CliContext, EXIT } from '../context.ts'
import { raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { keptFile } from '../token.ts'

interface Finding {
  readonly what: string
  readonly state: 'fine' | 'missing' | 'wrong'
  readonly detail: string
  readonly remedy: string
}

/** Programs that are used when they are there, and what goes without them. */
const PROGRAMS: readonly (readonly [name: string, args: readonly string[], without: string])[] = [
  ['git', ['--version'], 'Install git: nothing can be read from repositories without it.'],
  ['haproxy', ['-v'], 'Optional: the built-in router carries about half the traffic.'],
  ['python3', ['--version'], 'Optional: only services written in Python need it.'],
]

export const addAdministration: AddVerbs = (program, run) => {
  program
    .command('doctor')
    .description('check this machine and the server')
    .action(() => run(doctor))
  program
    .command('login')
    .description('remember a server and a token (--token, or standard input)')
    .action(() =>
      run(async (context) => {
        const flags = program.opts<{ token?: string }>()
        const token = flags.token ?? readFileSync(0, 'utf8').trim()
        const api = makeApi(context.api.url, token)
        const me = await api.get<{ id: string }>('/me')
        const file = keptFile(context.environment)
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
        const kept = { url: context.api.url, token }
        writeFileSync(file, JSON.stringify(kept), { mode: 0o600 })
        context.io.out(`Signed in at ${context.api.url} as ${me.id}.\n`)
      }),
    )
  const actor = program.command('actor').description('people, service accounts and agents')
  actor
    .command('add')
    .description('register somebody, or change them')
    .argument('<name>')
    .option('--kind <kind>', 'person, service-account or agent', 'person')
    .option('--email <email...>', 'their git identities', [])
    .option('--team <team...>', 'their teams', [])
    .requiredOption('--role <role...>', 'viewer, developer, operator, approver, admin, runner')
    .action((name: string, flags: Record<'email' | 'team' | 'role', string[]> & { kind: string }) =>
      run(async (context) => {
        const { kind, email: emails, team: teams, role: roles } = flags
        raw(context, await context.api.put(`/actors/${name}`, { kind, name, emails, teams, roles }))
      }),
    )
  actor
    .command('token')
    .description('a token for somebody; its secret is shown once')
    .argument('<name>')
    .option('--days <days>', 'how long it lasts', '90')
    .addOption(new Option('--use <use>', 'good for that alone').choices(['report']))
    .option('--service <name>', 'with --use: on this one alone')
    .action((name: string, flags: { days: string; use?: string; service?: string }) =>
      run(async (context) => {
        const { days, use, service } = flags
        const asked = { days: Number(days), use, service }
        const made = await context.api.post<{ secret: string }>(`/actors/${name}/tokens`, asked)
        if (context.format === 'table') context.io.out(`${made.secret}\n`)
        else raw(context, made)
      }),
    )
}

async function doctor(context: CliContext): Promise<number> {
  const findings = [nodeFinding(), ...PROGRAMS.map(programFinding), await serverFinding(context)]
  show(
    context,
    findings,
    [
      ['what', (row) => row.what],
      ['state', (row) => (row.state === 'fine' ? '✓ fine' : `✕ ${row.state}`)],
      ['detail', (row) => row.detail],
      ['remedy', (row) => (row.state === 'fine' ? '' : row.remedy)],
    ],
    '',
  )
  return findings.some(({ state }) => state === 'wrong') ? EXIT.refused : EXIT.done
}

function nodeFinding(): Finding {
  const fine = Number(process.versions.node.split('.')[0]) >= 24
  const remedy = 'Run npm ci, or install Node 24.'
  return { what: 'node', state: fine ? 'fine' : 'wrong', detail: process.version, remedy }
}

function programFinding([name, args, remedy]: (typeof PROGRAMS)[number]): Finding {
  const { status, stdout } = spawnSync(name, [...args], { encoding: 'utf8', timeout: 5_000 })
  const detail = stdout?.split('\n', 1)[0] ?? ''
  if (status === 0) return { what: name, state: 'fine', detail, remedy }
  return { what: name, state: name === 'git' ? 'wrong' : 'missing', detail: 'not found', remedy }
}

async function serverFinding({ api }: CliContext): Promise<Finding> {
  const what = 'server'
  try {
    const me = await api.get<{ id: string; roles: readonly string[] }>('/me')
    const detail = `${api.url}, you are ${me.id} (${me.roles.join(', ')})`
    return { what, state: 'fine', detail, remedy: '' }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    const remedy = error instanceof Unreachable ? 'signalbox serve' : 'Set SIGNALBOX_TOKEN.'
    return { what, state: 'wrong', detail, remedy }
  }
}
