/**
 * The command line: verbs, flags and exit codes. It is a client of the server like any other; the
 * roles that are no clients (serve, runner, agent, demo) are handed in by main.ts.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Rejection } from '#kernel/decider.ts'
import { makeApi, Refusal, Unreachable } from './api.ts'
import { type CliContext, EXIT, type Format, type Io } from './context.ts'
import { clean, dim, red } from './output.ts'
import type { Here } from './here.ts'
import type { PavedRoad } from './paved.ts'
import { addRehearsals, isRehearsal, Rehearsed, tellRehearsal } from './rehearsal.ts'
import { uploadLeftovers } from './spool/leftovers.ts'
import { whereIs } from './token.ts'
import type { ReadGit } from './verbs/import-git.ts'

interface RunnerFlags {
  readonly name: string
  readonly dir: string
  readonly slots: string
  readonly labels?: string
  readonly secrets?: string
  readonly docker?: string
  readonly dockerNetwork?: string
  readonly kubernetes?: string
  readonly kubernetesNamespace?: string
  readonly kubernetesPod?: string
  readonly attached: boolean
}

export interface JudgeRuling {
  readonly tick: number
  readonly weight: number
  readonly verdict: {
    readonly verdict: string
    readonly reason: string
    readonly evidence: number
    readonly ratio: number
    readonly says?: string | undefined
  }
}

export interface ImportedJudges {
  readonly shadows: readonly {
    readonly kind: string
    readonly name: string
    readonly metrics: readonly { readonly name: string; readonly measure: string }[]
  }[]
  /** What became of a field, where it was not simply followed. */
  readonly notes: readonly { readonly path: string; readonly says: string }[]
}

export interface TestReports {
  readonly totals: {
    readonly passed: number
    readonly failed: number
    readonly skipped: number
  }
  /** Every case, as the server keeps it. */
  readonly document: Uint8Array
  readonly digest: string
}

export interface BundleAnswer {
  readonly origin: string
  readonly size: number
  readonly keys: readonly string[]
  readonly witnesses: readonly string[]
  readonly timestamps: readonly {
    readonly authority: string
    readonly at: string
    readonly size: number
  }[]
  readonly changes: number
  readonly events: number
  readonly attestations: number
  readonly erased: number
  readonly until: string
  readonly problems: readonly { readonly where: string; readonly why: string }[]
  readonly missing: readonly {
    readonly change: string
    readonly what: string
    readonly why: string
  }[]
}

export interface Roles {
  serve(flags: {
    readonly data?: string
    readonly host?: string
    readonly port?: string
    readonly role?: string
    readonly router?: string
    readonly runnerSlots?: string
    readonly dev: boolean
  }): Promise<number>
  runner(flags: {
    readonly url: string
    readonly token: string
    readonly name: string
    readonly dir: string
    readonly slots: number
    readonly labels?: string
    readonly secrets?: string
    readonly docker?: string
    readonly dockerNetwork?: string
    readonly kubernetes?: string
    readonly kubernetesNamespace?: string
    readonly kubernetesPod?: string
    readonly attached: boolean
  }): Promise<number>
  agent(flags: {
    readonly dir: string
    readonly socket: string
    readonly router: 'auto' | 'haproxy' | 'node'
  }): Promise<number>
  /** Watches logs of others, and says what it saw. */
  witness(flags: {
    readonly data: string
    readonly host: string
    readonly port: string
    readonly name?: string
    readonly policy?: string
    readonly log: readonly string[]
  }): Promise<number>
  /** Ends the process target of a data folder, and all services that it runs. */
  stopTarget(flags: { readonly data?: string }): Promise<number>
  /** Recorded ticks of a canary, judged again; settings and lines as they were read. */
  judge(settings: unknown, lines: readonly string[]): Promise<readonly JudgeRuling[] | Rejection>
  /** Configurations of other judges, as they were parsed. */
  judgeImport(
    documents: readonly unknown[],
    args: Readonly<Record<string, string>>,
  ): Promise<ImportedJudges | Rejection>
  /** A bundle in a folder; needs no server. */
  verifyBundle(
    folder: string,
    trust: {
      readonly vkeys?: readonly string[] | undefined
      readonly policy?: string | undefined
      readonly tsa?: string | undefined
    },
  ): Promise<BundleAnswer>
  /** Templates and files for other CI systems; needs no server. */
  paved(): Promise<PavedRoad>
  /** Test reports below a folder, read and packed as a runner does; undefined: there are none. */
  testReports(folder: string, globs: readonly string[]): Promise<TestReports | undefined>
  /** A page as PDF, by this machine's Chromium. */
  printPdf(page: string): Promise<Buffer>
  /** A repository's history; needs no server. */
  readonly readGit: ReadGit
  /** The pipeline of this repository on this machine; needs no server. */
  here(): Promise<Here>
  demo(flags: {
    readonly keep: boolean
    readonly json: boolean
    readonly portsFrom?: number
  }): Promise<number>
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly roles: Roles
  readonly io?: Io
}

/** What a verb does; what it returns is the exit code. */
export type Act = (context: CliContext) => Promise<number | void>
/** Adds verbs to the program; `run` gives them their context when they are called. */
export type AddVerbs = (program: Command, run: (act: Act) => Promise<void>) => void

export async function runCli(argv: readonly string[], around: Surroundings): Promise<number> {
  const io = around.io ?? terminal(around.environment)
  let exit: number = EXIT.done
  const program = base(around.version, io)
  let isDry = false
  program.hook('preAction', (_, command) => {
    isDry = isRehearsal(command)
  })
  const run = async (act: Act): Promise<void> => {
    const flags = program.opts<{ url?: string; token?: string; output: Format }>()
    const { url, token } = whereIs(around.environment, flags)
    const { environment } = around
    const api = makeApi(url, token, isDry)
    const context = { api, format: flags.output, io, environment }
    if (isDry) exit = (await rehearse(context, act)) ?? EXIT.done
    else exit = await acted(context, act)
  }
  const role = async (code: Promise<number>): Promise<void> => {
    exit = await code
  }
  const { roles } = around
  const isRun = argv[0] === 'run'
  if (!isRun) addRoles(program, around, role)
  // What people wait for in every loop of their work does not wait for all the others.
  const verbs = isRun
    ? [(await import('./verbs/run.ts')).addRun(roles)]
    : (await import('./verbs/all.ts')).verbsFor(roles)
  for (const add of verbs) add(program, run)
  addRehearsals(program)
  try {
    // As an option of the program it would be taken from `promote --version 1.2.3` too.
    const words = argv[0] === '--version' ? ['-V'] : [...argv]
    await program.parseAsync(words, { from: 'user' })
    return exit
  } catch (error) {
    return explain(error, io)
  }
}

/** Whatever the verb is about: one that was absent and is back is told what it missed. */
async function acted(context: CliContext, act: Act): Promise<number> {
  try {
    return (await act(context)) ?? EXIT.done
  } finally {
    await uploadLeftovers(context)
  }
}

async function rehearse(context: CliContext, act: Act): Promise<number | void> {
  try {
    return await act(context)
  } catch (error) {
    if (error instanceof Rehearsed) return tellRehearsal(context, error)
    throw error
  }
}

function base(version: string, io: Io): Command {
  return new Command('signalbox')
    .description('From a commit to a validated release, safely.')
    .version(version, '-V', 'its version; as the first word --version does the same')
    .option('--url <url>', 'the server (or SIGNALBOX_URL)')
    .option('--token <token>', 'who you are (better: SIGNALBOX_TOKEN)')
    .addOption(
      new Option('-o, --output <format>', 'how answers look')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
}

function addRoles(
  program: Command,
  { roles, environment }: Surroundings,
  role: (code: Promise<number>) => Promise<void>,
): void {
  program
    .command('serve')
    .description('run a server')
    .option('--data <folder>', 'where it keeps everything')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'port to listen on')
    .option('--role <role>', 'all, api or worker')
    .option('--router <router>', 'auto, haproxy or node')
    .option('--runner-slots <count>', 'jobs of the bundled runner at once; 0 for none')
    .option('--dev', 'everybody on this machine is an admin', false)
    .action((flags: Parameters<Roles['serve']>[0]) => role(roles.serve(flags)))
  addRunner(program, { roles, environment }, role)
  program
    .command('agent', { hidden: true })
    .description('own the instances of the process target on this machine')
    .requiredOption('--dir <folder>')
    .requiredOption('--socket <path>')
    .option('--router <router>', 'auto, haproxy or node', 'auto')
    .action((flags: Parameters<Roles['agent']>[0]) => role(roles.agent(flags)))
  program
    .command('witness')
    .description('cosign the audit logs of other servers, on another machine than theirs')
    .requiredOption('--data <folder>', 'its key, and what it saw')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', '4480')
    .option('--name <name>', 'what it is called in its signatures; kept from the first start')
    .option(
      '--policy <file>',
      'the logs that it knows, a `log <vkey>` line each; left out: policy in --data',
    )
    .option('--log <vkey...>', 'a log that it knows, besides those of the policy', [])
    .action((flags: Parameters<Roles['witness']>[0]) => role(roles.witness(flags)))
  program
    .command('stop-target')
    .description('end every service that the process target runs on this machine')
    .option('--data <folder>', 'the server’s data folder')
    .action((flags: Parameters<Roles['stopTarget']>[0]) => role(roles.stopTarget(flags)))
  program
    .command('demo')
    .description('a good release to production by canary, and a bad one rolled back')
    .option('--keep', 'leave everything running', false)
    .option('--json', 'one JSON object at the end, and nothing else', false)
    .option('--ports-from <port>', 'the first of the 300 ports its services may take', firstPort)
    .action((flags: Parameters<Roles['demo']>[0]) => role(roles.demo(flags)))
}

function addRunner(
  program: Command,
  { roles, environment }: Pick<Surroundings, 'roles' | 'environment'>,
  role: (code: Promise<number>) => Promise<void>,
): void {
  program
    .command('runner')
    .description('run a runner: takes jobs from the server that --url names')
    .requiredOption('--name <name>', 'how the server knows it')
    .requiredOption('--dir <folder>', 'workspaces and caches')
    .option('--slots <count>', 'jobs at once', '2')
    .option('--labels <list>', 'what it has, with commas between: gpu,large')
    .option('--docker <socket>', 'for jobs with an image: /var/run/docker.sock')
    .option('--docker-network <name>', 'what their network is called there', 'bridge')
    .option('--kubernetes <kubeconfig>', 'jobs with an image are pods there; or: in-cluster')
    .option('--kubernetes-namespace <name>', 'where, if the kubeconfig does not say it')
    .option(
      '--kubernetes-pod <file>',
      'YAML of what is the same of all pods: nodeSelector, user, …',
    )
    .option('--secrets <list>', 'what jobs may have of this machine: env:CI_*,file:/etc/ci/*')
    .option('--attached', 'end when standard input does, as when its parent is gone', false)
    .action((flags: RunnerFlags, command: Command) => {
      const { url = '' } = command.optsWithGlobals<{ url?: string }>()
      const token = environment['SIGNALBOX_TOKEN'] ?? ''
      return role(roles.runner({ ...flags, url, token, slots: Number(flags.slots) }))
    })
}

const FIRST_PORTS = { least: 1024, most: 65_000 } as const
function firstPort(text: string): number {
  const port = Number(text)
  const { least, most } = FIRST_PORTS
  if (Number.isInteger(port) && port >= least && port <= most) return port
  throw new InvalidArgumentError(`A port from ${least} to ${most}.`)
}

/** Says what went wrong, and what can be done, where a person sees it. */
function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof Unreachable) {
    io.err(`${red('unreachable', io)}  ${error.message}\n`)
    io.err(`Start one with: signalbox serve   (or name another with --url)\n`)
    return EXIT.unreachable
  }
  if (error instanceof Refusal) {
    const { code, detail, remedy, problems = [], whoCanAct = [] } = error.problem
    io.err(`${red(code, io)}  ${clean(detail)}\n`)
    for (const { file, line, column, message, remedy: mend } of problems)
      io.err(`  ${clean(file)}:${line}:${column}  ${clean(message)} ${dim(clean(mend), io)}\n`)
    if (problems.length === 0 && remedy) io.err(`${clean(remedy)}\n`)
    if (whoCanAct.length > 0) io.err(`Who can act: ${whoCanAct.map(clean).join(', ')}\n`)
    return EXIT.refused
  }
  const remedy = (error as { remedy?: string }).remedy
  if (remedy !== undefined && error instanceof Error) {
    const { code = 'fault' } = error as { code?: string }
    io.err(`${red(code, io)}  ${error.message}\n${remedy}\n`)
    return EXIT.refused
  }
  throw error
}

function terminal(environment: Surroundings['environment']): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    colour: process.stdout.isTTY === true && environment['NO_COLOR'] === undefined,
    columns: process.stdout.columns ?? 100,
  }
}
