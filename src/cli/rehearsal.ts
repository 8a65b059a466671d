/**
 * `--dry-run`: one way for all verbs. The server decides as it always does, says what would happen
 * and changes nothing; a refusal is the one that the verb itself would meet.
 */
import type { Command } from 'commander'
import { type CliContext, EXIT } from './context.ts'
import { clean, raw, yellow } from './output.ts'

const FLAG = '--dry-run'

/** The server said what it would have done. */
export class Rehearsed extends Error {
  readonly would: readonly Fact[]

  constructor(would: readonly Fact[]) {
    super('Nothing was changed.')
    this.would = would
  }
}

interface Fact {
  readonly type: string
  readonly [field: string]: unknown
}

/** Verbs that change nothing, have a way of their own to say it, or cannot be rehearsed. */
const WITHOUT = new Set([
  ...[
    'serve',
    'runner',
    'agent',
    'witness',
    'stop-target',
    'demo',
    'doctor',
    'login',
    'judge',
    'help',
  ],
  ...['init', 'exec', 'generate', 'check', 'capabilities', 'adoption'],
  ...['backtest', 'validate', 'get', 'status', 'changes', 'trace', 'explain', 'gate', 'insights'],
  ...[
    'subscriptions',
    'drills',
    'list',
    'show',
    'logs',
    'watch',
    'vectors',
    'forecast',
    'board',
    'now',
    'export',
    'notice',
    'retention',
    'verify',
    'prove',
    'four-eyes',
    'coverage',
    'snapshots',
    'controls',
    'attestations',
    'letters',
  ],
  // What is signed lies in the registry before it is on record.
  'scanned',
  // Many commands in one request: what comes first would hide the others.
  'import',
])

/** Gives the flag to every verb that changes something and has none of its own. */
export function addRehearsals(program: Command): void {
  for (const command of program.commands) {
    addRehearsals(command)
    const isGroup = command.commands.length > 0
    const hasOwn = command.options.some(({ long }) => long === FLAG)
    if (isGroup || hasOwn || WITHOUT.has(command.name())) continue
    command.option(FLAG, 'say what would happen, and change nothing', false)
    ours.add(command)
  }
}

const ours = new WeakSet<Command>()

export function isRehearsal(command: Command): boolean {
  return ours.has(command) && command.opts<{ dryRun?: boolean }>().dryRun === true
}

export function tellRehearsal(
  { io, format }: Pick<CliContext, 'io' | 'format'>,
  { would }: Rehearsed,
): number {
  if (format !== 'table') raw({ io, format } as CliContext, { dryRun: true, would })
  else if (would.length === 0) io.out('Nothing would change.\n')
  else {
    io.out('Nothing was changed. This would happen:\n')
    for (const fact of would) io.out(`  ${yellow(fact.type, io)}  ${clean(gist(fact))}\n`)
  }
  return EXIT.done
}

/** What of it fits in a line: names and numbers, not plans and lists. */
function gist({ type: _, at: _at, by: _by, ...fields }: Fact): string {
  return Object.entries(fields)
    .flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [`${name} ${said(value)}`] : [],
    )
    .join(', ')
}

const SHOWN_MAX = 60
/** Milliseconds since 1970 say nothing to anybody. */
const isInstant = (value: number) => value > 1e12

function said(value: string | number): string {
  if (typeof value === 'number')
    return isInstant(value) ? new Date(value).toISOString() : `${value}`
  const [line = ''] = value.split('\n', 1)
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX)}…` : line
}
