/**
 * What changed before users were harmed, most suspicious first. A change is suspected for being
 * recent, near (in the service itself, or in what it depends on) and for failures having moved
 * with it; after the way Microsoft's Gandalf blames deployments (NSDI 2020), without its learned
 * weights.
 * It suggests: a person confirms a cause, and nothing is ever undone for being suspected.
 */
export interface Change {
  readonly kind: 'deployment' | 'flag'
  readonly id: string
  readonly service: string
  readonly environment: string
  /** Version, or the flag's name. */
  readonly what: string
  readonly by: string
  /** When more users got it, oldest first; percent, where that is known. */
  readonly exposures: readonly { readonly at: number; readonly weight: number | null }[]
  /** How many times as often it failed as what it stood beside, when last measured. */
  readonly ratio: number | null
  /** Dependencies between the harmed service and this one; 0: it is the service. */
  readonly hops: number
  /** It was taken back before: what users get is what they had. */
  readonly isUndone: boolean
}

export interface Suspect {
  readonly change: Pick<Change, 'kind' | 'id' | 'service' | 'environment' | 'what' | 'by' | 'hops'>
  /** Of all suspicion there is; they sum to 1 at most. */
  readonly share: number
  /** From its last step to the harm. */
  readonly ageMs: number
  readonly ratio: number | null
  readonly says: string
}

const MINUTE_MS = 60_000
/** Half of the suspicion is gone after so long. */
const HALF_LIFE_MS = 30 * MINUTE_MS
/** Harm is noticed before it is said since when; and clocks differ. */
const SLACK_MS = 2 * MINUTE_MS
/** What is older is not looked at. */
export const LOOK_BACK_MS = 24 * 60 * MINUTE_MS
const HOP_FACTOR = 0.5
/** Dependencies of dependencies: further away everything is suspicious. */
export const HOPS_MAX = 2
const SHARE_MIN = 0.02
const SUSPECTS_MAX = 10

export function suspectsOf(
  impactStartedAt: number,
  changes: readonly Change[],
): readonly Suspect[] {
  const found = changes.flatMap((change) => {
    const last = change.exposures.findLast(({ at }) => at <= impactStartedAt + SLACK_MS)
    if (last === undefined || change.isUndone || change.hops > HOPS_MAX) return []
    const ageMs = Math.max(0, impactStartedAt - last.at)
    if (ageMs > LOOK_BACK_MS) return []
    const score = 2 ** (-ageMs / HALF_LIFE_MS) * HOP_FACTOR ** change.hops * movement(change.ratio)
    return [{ change, ageMs, score, weight: last.weight }]
  })
  const total = found.reduce((sum, { score }) => sum + score, 0)
  return found
    .map(({ change, ageMs, score, weight }) => ({
      change: known(change),
      share: Math.round((1000 * score) / total) / 1000,
      ageMs,
      ratio: change.ratio,
      says: sentence(change, ageMs, weight),
    }))
    .filter(({ share }) => share >= SHARE_MIN)
    .toSorted((a, b) => b.share - a.share || (a.change.id < b.change.id ? -1 : 1))
    .slice(0, SUSPECTS_MAX)
}

/** 1 for what was not measured or moved nothing, up to 2 for what failed many times as often. */
function movement(ratio: number | null): number {
  return ratio === null ? 1 : (2 * ratio) / (1 + ratio)
}

function known({ kind, id, service, environment, what, by, hops }: Change): Suspect['change'] {
  return { kind, id, service, environment, what, by, hops }
}

function sentence(change: Change, ageMs: number, weight: number | null): string {
  const minutes = Math.round(ageMs / MINUTE_MS)
  const when = minutes === 0 ? 'just before' : `${minutes} min before`
  const part = weight === null || weight === 100 ? '' : ` to ${weight} % of users`
  const where = change.hops === 0 ? '' : ', which it depends on'
  const failed =
    change.ratio === null
      ? 'not measured'
      : `failing ${change.ratio.toFixed(1)} times as often as what it replaces`
  const what = change.kind === 'flag' ? `Flag ${change.what}` : `${change.service} ${change.what}`
  return `${what}${where}, went${part} ${when}; ${failed}.`
}
