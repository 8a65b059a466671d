/**
 * `npm run bench -- pipeline-faults [--runs=300] [--from=1] [--piece=25] [--seed=1]`: runs while
 * server, runners and database are killed at random. Every line with a goal should be nought. The
 * runs go in pieces, each in a world of its own: what one of them broke, or what a busy machine kept
 * from starting, counts, and the rest go on. `--from=101 --runs=100` is the second hundred.
 */
import { seeded } from '../test/support/chance.ts'
import type { Figures } from './figures.ts'
import { drive, type Verdict } from './pipeline-faults/drive.ts'

const BAD = ['twice', 'effectsAgain', 'stuck', 'withoutFinally', 'leftover'] as const

interface Piece {
  readonly from: number
  readonly runs: number
  readonly verdict?: Verdict
}

export async function run(): Promise<Figures> {
  const [runs, from] = [number('runs', 300), number('from', 1)]
  const [size, seed] = [number('piece', 25), number('seed', 1)]
  const pieces: Piece[] = []
  for (let at = from; at < from + runs; at += size)
    pieces.push(await piece(at, Math.min(size, from + runs - at), seed))
  const figures = summed(pieces)
  const isBad = Object.values(figures).some(({ value, goal }) => goal === '0' && value > 0)
  if (isBad) process.exitCode = 1
  return figures
}

async function piece(from: number, runs: number, seed: number): Promise<Piece> {
  try {
    // The same piece is hurt in the same way, whoever asks for it.
    const verdict = await drive(runs, seeded(seed * 100_000 + from))
    console.error(`runs ${from} to ${from + runs - 1}: ${JSON.stringify(verdict)}`)
    return { from, runs, verdict }
  } catch (error) {
    console.error(`runs ${from} to ${from + runs - 1} could not be made: ${String(error)}`)
    return { from, runs }
  }
}

function summed(pieces: readonly Piece[]): Figures {
  const verdicts = pieces.flatMap(({ verdict }) => (verdict === undefined ? [] : [verdict]))
  const sum = (pick: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + pick(verdict), 0)
  const plain = (value: number) => ({ value, unit: '' })
  const tally = (name: string, pick: (verdict: Verdict) => Readonly<Record<string, number>>) => {
    const keys = new Set(verdicts.flatMap((verdict) => Object.keys(pick(verdict))))
    return [...keys].map((key) => [
      `${name} ${key}`,
      plain(sum((verdict) => pick(verdict)[key] ?? 0)),
    ])
  }
  const asked = pieces.reduce((total, { runs }) => total + runs, 0)
  const missing = asked - sum(({ runs }) => runs)
  return {
    runs: plain(sum(({ runs }) => runs)),
    'runs that could not be started': plain(missing),
    attempts: plain(sum(({ attempts }) => attempts)),
    'effects in doubt': plain(sum(({ doubts }) => doubts)),
    ...Object.fromEntries(tally('kills of', ({ kills }) => kills)),
    ...Object.fromEntries(tally('runs', ({ outcomes }) => outcomes)),
    ...Object.fromEntries(
      BAD.map((what) => [what, { ...plain(sum((verdict) => verdict[what].length)), goal: '0' }]),
    ),
  }
}

function number(name: string, otherwise: number): number {
  const given = process.argv.find((arg) => arg.startsWith(`--${name}=`))
  const value = given === undefined ? otherwise : Number(given.slice(name.length + 3))
  if (!Number.isInteger(value) || value < 1 || value > 100_000)
    throw new Error(`--${name} is a whole number from 1`)
  return value
}
