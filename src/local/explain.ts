/** Why a job would run here, or would not: what differs from when it was last made or used. */
import type { JobSpec } from '../pipelines/events.ts'
import type { Keyed, KeyParts } from '../runner/cache-key.ts'
import { keyDifferences } from '../runner/key-difference.ts'
import { type Definition, definitionOf, type KeyMaker } from './keys.ts'
import type { Kept, LocalStore } from './store.ts'

export interface Difference {
  readonly part: string
  readonly was?: string | undefined
  readonly is?: string | undefined
  readonly because?: readonly Difference[] | undefined
}

export interface Explanation {
  readonly job: string
  readonly verdict: 'cached' | 'runs' | 'depends' | 'uncached'
  readonly because: string
  readonly key?: string | undefined
  readonly lastAt?: number | undefined
  readonly differences: readonly Difference[]
}

export interface ExplainNeeds extends KeyMaker {
  readonly store: LocalStore
}

const NEED = 'need.'

export async function explain(needs: ExplainNeeds, about: Keyed): Promise<Explanation> {
  const { job } = about
  const known = new Map<string, Definition | undefined>()
  const now = await definitionOf(needs, about, known)
  const plain = { job: job.name, differences: [] }
  if (now === undefined) return { ...plain, verdict: 'uncached', because: whyNever(job) }
  const { key } = now
  const last = needs.store.lastOf(job.name)
  if (needs.store.byDefinition(key) !== undefined)
    return { ...plain, verdict: 'cached', because: 'nothing differs', key, lastAt: last?.at }
  const before = last && partsOf(needs, last)
  if (last === undefined || before === undefined)
    return { ...plain, verdict: 'runs', because: 'nothing was kept of it yet', key }
  const differences = withReasons(needs, keyDifferences(before, now.parts), known)
  const isItsOwn = differences.some(({ part }) => !part.startsWith(NEED))
  return {
    ...{ job: job.name, key, lastAt: last.at, differences },
    verdict: isItsOwn ? 'runs' : 'depends',
    because: isItsOwn
      ? 'it differs from when it was last kept'
      : 'it runs unless jobs before it make what they made before',
  }
}

function whyNever({ inputs, effect, run, cache }: JobSpec): string {
  if (effect !== undefined) return 'it changes the world'
  if (run === undefined) return 'it packages'
  if (cache === 'none') return 'its pipeline says so'
  return inputs.length === 0 ? 'it declares no inputs' : 'it is not cached'
}

/** Of a job before it that differs: what differs there. */
function withReasons(
  needs: ExplainNeeds,
  differences: readonly Difference[],
  known: ReadonlyMap<string, Definition | undefined>,
): Difference[] {
  return differences.map((one) => {
    if (!one.part.startsWith(NEED) || one.was === undefined) return one
    const now = known.get(one.part.slice(NEED.length))
    const kept = needs.store.byDefinition(one.was)
    const before = kept && partsOf(needs, kept)
    if (now === undefined || before === undefined) return one
    return { ...one, because: withReasons(needs, keyDifferences(before, now.parts), known) }
  })
}

function partsOf({ store }: ExplainNeeds, kept: Kept): KeyParts | undefined {
  try {
    return JSON.parse(store.partsOf(kept) ?? '') as KeyParts
  } catch {
    // Cut off with the run that wrote it, or of a version that kept it elsewhere.
    return undefined
  }
}
