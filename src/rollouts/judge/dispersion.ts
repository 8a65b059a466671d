/**
 * How noisy is this service when nothing is wrong? Every stable instance is a placebo arm: judged
 * against the others it should show nothing, so whatever it shows is noise. φ says how much more
 * bad counts vary than independent requests would (bursts), σ how far instances differ for good.
 * Both make the judge slower to convict, never quicker.
 */
import type { Pod } from './observation.ts'
import type { Noise } from './split.ts'

export interface DispersionState {
  readonly pods: readonly PodState[]
  readonly blocks: readonly BlockState[]
}

interface PodState {
  readonly id: string
  /** Bad requests it would have had, were all pods alike. */
  readonly expected: number
  /** How many more it had. */
  readonly excess: number
  /** Variance of that excess, were requests independent. */
  readonly variance: number
  /** Excess in the block that is open, by block length. */
  readonly open: readonly number[]
}

/** One block length: bursts show at the length they last. */
interface BlockState {
  readonly ticks: number
  readonly openVariance: number
  /** Over closed blocks: squared excess, its expectation, and how many pod-blocks. */
  readonly squares: number
  readonly variance: number
  readonly count: number
}

/** Eight placebo arms tell the noise well enough, and the state has a size to keep. */
export const PODS_MAX = 8
const PHI_MIN = 1
/** Beyond this the null would reach thirtyfold, and one broken stable pod acquit any canary. */
const SIGMA_MAX = 1
/**
 * How far the σ² of services lie apart, as a standard deviation: most near the floor, some at 0.2².
 * What E bad requests a pod say of it is uncertain by √(2/pods)/E, so that with eight pods it takes
 * some thirty each to be believed half. Believed sooner, chance among few failures would pass for a
 * difference between instances, and hide a release that is three times as bad.
 */
const SIGMA_SQUARED_SPREAD = 0.015

/** A thousandth of a request is far below any noise, and keeps the state's figures short. */
const GRAINS = 1e3

interface BlockLength {
  readonly ticks: number
  /** Pod-blocks without excess noise that φ starts from, so that few blocks cannot raise it. */
  readonly priorCount: number
}
const LENGTHS: readonly BlockLength[] = [
  { ticks: 1, priorCount: 400 },
  { ticks: 6, priorCount: 150 },
  { ticks: 30, priorCount: 60 },
]

export function startDispersion(): DispersionState {
  const empty = { ticks: 0, openVariance: 0, squares: 0, variance: 0, count: 0 }
  return { pods: [], blocks: LENGTHS.map(() => empty) }
}

/** `pods` in the order of their ids. */
export function dispersionTick(state: DispersionState, pods: readonly Pod[]): DispersionState {
  const counts = new Map(pods.map((pod) => [pod.id, pod]))
  const known = admit(state.pods, pods, counts)
  const present = known.flatMap((pod) => counts.get(pod.id) ?? [])
  const requests = present.reduce((sum, pod) => sum + pod.requests, 0)
  if (present.length < 2 || requests === 0) return state
  const bad = present.reduce((sum, pod) => sum + pod.bad, 0)
  const counted = known.map((pod) => count(pod, counts.get(pod.id), bad, requests))
  const added = counted.reduce((sum, pod, i) => sum + pod.variance - (known[i]?.variance ?? 0), 0)
  const closes = state.blocks.map((block, b) => block.ticks + 1 >= (LENGTHS[b]?.ticks ?? 1))
  return {
    blocks: state.blocks.map((block, b) =>
      closes[b] === true
        ? close(
            block,
            added,
            counted.map((pod) => pod.open[b] ?? 0),
          )
        : { ...block, ticks: block.ticks + 1, openVariance: block.openVariance + added },
    ),
    pods: counted.map((pod) => ({
      ...pod,
      open: pod.open.map((excess, b) => (closes[b] === true ? 0 : excess)),
    })),
  }
}

/** `sigmaMin`: what is assumed of services whose pods have shown nothing yet. */
export function noiseOf(state: DispersionState, sigmaMin: number): Noise {
  const phi = Math.max(PHI_MIN, ...state.blocks.map((block, b) => phiOf(block, LENGTHS[b])))
  return { phi, sigma: sigmaOf(state.pods, phi, sigmaMin) }
}

function phiOf(block: BlockState, length: BlockLength | undefined): number {
  if (block.variance === 0) return PHI_MIN
  const prior = ((length?.priorCount ?? 0) * block.variance) / block.count
  return (prior + block.squares) / (prior + block.variance)
}

/** Method of moments on each pod's whole history, shrunk towards the minimum while it is short. */
function sigmaOf(pods: readonly PodState[], phi: number, sigmaMin: number): number {
  const sum = (part: (pod: PodState) => number) => pods.reduce((all, pod) => all + part(pod), 0)
  const weight = sum((pod) => pod.expected ** 2)
  if (weight === 0) return sigmaMin
  const raw = Math.max(0, sum((pod) => pod.excess ** 2 - phi * pod.variance) / weight)
  const seen = weight / pods.length
  const trust = seen / (seen + 2 / (pods.length * SIGMA_SQUARED_SPREAD ** 2))
  const sigma = Math.sqrt(trust * raw + (1 - trust) * sigmaMin ** 2)
  return Math.min(SIGMA_MAX, Math.max(sigmaMin, sigma))
}

function count(state: PodState, pod: Pod | undefined, bad: number, requests: number): PodState {
  if (pod === undefined) return state
  const share = pod.requests / requests
  const excess = pod.bad - bad * share
  return {
    id: state.id,
    expected: round(state.expected + bad * share),
    excess: round(state.excess + excess),
    variance: round(state.variance + bad * share * (1 - share)),
    open: state.open.map((sum) => round(sum + excess)),
  }
}

/** Never −0, which JSON would not give back. */
function round(value: number): number {
  return Math.round(value * GRAINS) / GRAINS + 0
}

function close(block: BlockState, added: number, excesses: readonly number[]): BlockState {
  return {
    ticks: 0,
    openVariance: 0,
    squares: block.squares + excesses.reduce((sum, excess) => sum + excess ** 2, 0),
    variance: block.variance + block.openVariance + added,
    count: block.count + excesses.length,
  }
}

/** Pods of this tick first, known before new; the places left keep those that are gone. */
function admit(
  known: readonly PodState[],
  pods: readonly Pod[],
  counts: ReadonlyMap<string, Pod>,
): readonly PodState[] {
  // As nearly always: all that are known are here, and there is no room or no need for others.
  const isFull = known.length === Math.min(PODS_MAX, pods.length)
  if (isFull && known.every(({ id }) => counts.has(id))) return known
  const here = new Set(pods.map((pod) => pod.id))
  const ids = new Set(known.map((pod) => pod.id))
  const fresh = pods
    .filter((pod) => !ids.has(pod.id))
    .map(({ id }) => ({ id, expected: 0, excess: 0, variance: 0, open: LENGTHS.map(() => 0) }))
  const staying = known.filter((pod) => here.has(pod.id))
  const gone = known.filter((pod) => !here.has(pod.id))
  return [...staying, ...fresh, ...gone]
    .slice(0, PODS_MAX)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
