import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Roles, runCli } from './program.ts'

/** These change nothing on a server, or say themselves that they cannot be rehearsed. */
const WITHOUT = [
  ...[
    'serve',
    'spool list',
    'spool verify',
    'runner',
    'stop-target',
    'witness',
    'demo',
    'doctor',
    'login',
    'judge backtest',
    'validate',
  ],
  ...['get', 'judge import', 'rollout show', 'artifacts retention'],
  ...[
    'status',
    'changes',
    'trace',
    'explain',
    'gate',
    'insights',
    'runs list',
    'runs show',
    'logs',
  ],
  ...['calendar show', 'calendar now', 'calendar export', 'calendar import', 'calendar explain'],
  ...[
    'calendar subscriptions',
    'emergency drills',
    'calendar notice',
    'rollout watch',
    'incident list',
    'incident show',
    'emergency list',
  ],
  ...[
    'emergency show',
    'review list',
    'plan list',
    'plan show',
    'plan vectors',
    'record list',
    'record show',
    'recorder list',
    'retention',
    'legal-hold list',
    'train list',
  ],
  ...['train show', 'train forecast', 'train board', 'flag list', 'flag show', 'flag explain'],
  ...['connect list', 'connect show', 'survey list', 'survey show'],
  ...['sinks list', 'sinks letters'],
  ...['flaky list', 'flaky show', 'audit status', 'audit show', 'audit verify', 'audit prove'],
  ...['evidence export', 'evidence verify'],
  ...['init', 'exec', 'templates list', 'templates show', 'templates adoption'],
  ...['ci generate', 'ci check', 'ci capabilities'],
  ...['evidence four-eyes', 'evidence coverage', 'evidence snapshots', 'evidence controls'],
  ...['access review list', 'access review show', 'artifacts attestations', 'artifacts scanned'],
]

async function help(path: readonly string[]): Promise<string> {
  let text = ''
  const out = (more: string) => void (text += more)
  const io = { out, err: out, isTerminal: false, colour: false, columns: 80 }
  const roles = undefined as unknown as Roles
  await runCli([...path, '--help'], { environment: {}, version: '1.2.3', roles, io })
  return text
}

async function verbsWithout(path: readonly string[] = []): Promise<readonly string[]> {
  const text = await help(path)
  const [, list = ''] = text.split('Commands:\n')
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name)
  const below = names.filter((name) => name !== 'help')
  if (below.length === 0) return text.includes('--dry-run') ? [] : [path.join(' ')]
  return (await Promise.all(below.map((name) => verbsWithout([...path, name])))).flat()
}

test('every verb that changes something can be rehearsed', async () => {
  assert.deepEqual([...(await verbsWithout())].toSorted(), WITHOUT.toSorted())
})
