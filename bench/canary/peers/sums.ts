/** What sequential tests know: everything since they began, added up and never forgotten. */
import type { Arm } from '../trace.ts'

export interface Sums {
  requests: number
  bad: number
  readonly latency: number[]
}

export const noSums = (): Sums => ({ requests: 0, bad: 0, latency: [] })

export function add(sums: Sums, { requests, bad, latency }: Arm): void {
  sums.requests += requests
  sums.bad += bad
  for (const [i, count] of latency.entries()) sums.latency[i] = (sums.latency[i] ?? 0) + count
}
