/** Figures, with goals beside them; whether a missed one fails is for whoever asks. */
export interface Figure {
  readonly value: number
  readonly unit: string
  /** `<= 2.5`, `>= 50`, `> 1`, `0`. */
  readonly goal?: string
}
export type Figures = Readonly<Record<string, Figure>>

/** A goal that is said in more words than these is for the reader alone. */
const GOAL = /^(<=|>=|≤|≥|<|>|)\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/

export function isMissed({ value, goal }: Figure): boolean {
  const [, how, text] = GOAL.exec(goal ?? '') ?? []
  if (how === undefined) return false
  const line = Number(text)
  if (how === '<=' || how === '≤') return !(value <= line)
  if (how === '>=' || how === '≥') return !(value >= line)
  if (how === '<') return !(value < line)
  return how === '>' ? !(value > line) : value !== line
}

/** By name; those that are missed say so where somebody looks for it. */
export function withMisses(figures: Figures): Record<string, Figure & { missed?: true }> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [
      name,
      isMissed(figure) ? { ...figure, missed: true } : figure,
    ]),
  )
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Runs `work` from so many loops for so long; operations a second, and each one's milliseconds. */
export async function load(
  loops: number,
  forMs: number,
  work: (n: number) => Promise<unknown>,
): Promise<{ readonly perS: number; readonly ms: readonly number[] }> {
  const ms: number[] = []
  const startedAt = performance.now()
  let n = 0
  const loop = async () => {
    while (performance.now() - startedAt < forMs) {
      const before = performance.now()
      await work(n++)
      ms.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: loops }, loop))
  return { perS: ms.length / ((performance.now() - startedAt) / 1000), ms }
}
