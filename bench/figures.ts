/** Figures and how they are made: goals stand beside for the reader, and for `--assert`. */
export interface Figure {
  readonly value: number
  readonly unit: string
  readonly goal?: string
}
/** Whether it is on the wrong side of its goal; what is no number reached none. */
export function isMissed({ value, goal }: Figure): boolean {
  const [, side, bound] = /^(<=|>=) ([\d.]+)/.exec(goal ?? '') ?? []
  if (bound === undefined) return false
  return !(side === '<=' ? value <= Number(bound) : value >= Number(bound))
}

export type Figures = Readonly<Record<string, Figure>>

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
