/** How releases behave once they run: most are good, and each bad one is bad in its own way. */
import type { Dice } from './dice.ts'

export interface Nature {
  readonly kind: string
  /** Until a new instance is ready; Infinity: never. */
  readonly comesUpMs: number
  readonly badShare: number
  /** By how much the share of bad requests swings from tick to tick. */
  readonly noise: number
  readonly isSlow: boolean
  /** Its instances report nothing. */
  readonly isSilent: boolean
  /** All of its instances die so long after they were made, and come back this much later. */
  readonly crash?: { readonly afterMs: number; readonly backMs: number }
  readonly smoke: number
  /** False: nobody signed it. */
  readonly isTrusted: boolean
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const GOOD = {
  comesUpMs: 0,
  badShare: 0.001,
  noise: 0,
  isSlow: false,
  isSilent: false,
  smoke: 200,
  isTrusted: true,
}

const WEIGHTS = {
  good: 44,
  noisy: 10,
  late: 8,
  bad: 8,
  worse: 4,
  slow: 4,
  silent: 4,
  never: 4,
  crashing: 6,
  dying: 3,
  broken: 4,
  unsigned: 2,
} as const

export function natureOf(dice: Dice): Nature {
  const kind = dice.weighted(WEIGHTS)
  return { kind, ...GOOD, comesUpMs: dice.between(0, 5 * SECOND), ...different(kind, dice) }
}

function different(kind: keyof typeof WEIGHTS, dice: Dice): Partial<Nature> {
  switch (kind) {
    case 'good':
      return {}
    case 'noisy':
      return { noise: 1 + dice.next() }
    case 'late':
      // A policy waits two minutes: some make it, some do not.
      return { comesUpMs: dice.between(20 * SECOND, 150 * SECOND) }
    case 'bad':
      return { badShare: 0.02 + dice.next() / 4 }
    case 'worse':
      return { badShare: 0.002 + dice.next() / 200 }
    case 'slow':
      return { isSlow: true }
    case 'silent':
      return { isSilent: true }
    case 'never':
      return { comesUpMs: Infinity }
    case 'crashing': {
      const afterMs = dice.waitMs(10 * MINUTE)
      return { crash: { afterMs, backMs: dice.between(SECOND, 30 * SECOND) } }
    }
    case 'dying':
      return { crash: { afterMs: dice.waitMs(10 * MINUTE), backMs: Infinity } }
    case 'broken':
      return { smoke: 500, badShare: 0.5 }
    case 'unsigned':
      return { isTrusted: false }
  }
}
