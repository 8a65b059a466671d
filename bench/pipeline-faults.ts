/**
 * `npm run bench -- pipeline-faults [--runs=300] [--seed=1]`: runs while server, runners and
 * database are killed at random. Every line but the first three should be nought.
 */
import { seeded } from '../test/support/chance.ts'
import type { Figures } from './figures.ts'
import { drive } from './pipeline-faults/drive.ts'

export async function run(): Promise<Figures> {
  const verdict = await drive(number('runs', 300), seeded(number('seed', 1)))
  console.error(JSON.stringify(verdict))
  const { kills, outcomes, attempts, doubts } = verdict
  const bad = ['twice', 'effectsAgain', 'stuck', 'withoutFinally', 'leftover'] as const
  const plain = (value: number) => ({ value, unit: '' })
  return {
    runs: plain(verdict.runs),
    attempts: plain(attempts),
    'effects in doubt': plain(doubts),
    ...Object.fromEntries(Object.entries(kills).map(([what, n]) => [`kills of ${what}`, plain(n)])),
    ...Object.fromEntries(Object.entries(outcomes).map(([what, n]) => [`runs ${what}`, plain(n)])),
    ...Object.fromEntries(bad.map((what) => [what, { ...plain(verdict[what].length), goal: '0' }])),
  }
}

function number(name: string, otherwise: number): number {
  const given = process.argv.find((arg) => arg.startsWith(`--${name}=`))
  return given === undefined ? otherwise : Number(given.slice(name.length + 3))
}
