/**
 * Who boards, and who is left behind why. The forecast and the departure ask this one function, so
 * that nobody is promised a seat that is not there.
 */
import type { Verdict, VerdictReason } from '../events.ts'
import type { LeftBehind, Passenger } from '../events/trains.ts'

export interface BoardingFacts {
  readonly service: string
  /** Services on the train that it depends on. */
  readonly after: readonly string[]
  /** The newest that was validated before the cut-off. */
  readonly candidate: { readonly release: string; readonly version: string } | undefined
  /** One that was validated too late for this train. */
  readonly tooLate: string | undefined
  /** What runs where the train goes. */
  readonly there: { readonly release: string; readonly version: string } | undefined
  /** Why automation may not move it there; the train's own hold is none. */
  readonly hold: string | undefined
  /** What its promotion would be told at the departure. */
  readonly verdict: Verdict | undefined
}

export interface Boarding {
  readonly boards: readonly Passenger[]
  readonly leftBehind: readonly LeftBehind[]
}

export type BoardingCode =
  | 'train.nothing-validated'
  | 'train.nothing-new'
  | 'train.missed-cut-off'
  | 'train.slot-held'
  | 'train.dependency-left-behind'

/** On board one may still wait for people, and for one's turn; for nothing else. */
const WAITS_ON_BOARD = new Set(['approval.missing', 'approval.expired', 'slot.queued'])
/** That a service has nothing to bring is no reason for others to stay. */
const HARMLESS = new Set<string>(['train.nothing-new', 'train.nothing-validated'])

export function boarding(facts: readonly BoardingFacts[]): Boarding {
  const own = facts.map((each) => ({ each, left: ownReason(each) }))
  const blocked = new Map(
    own.flatMap(({ left }) => (left && !HARMLESS.has(left.code) ? [[left.service, left]] : [])),
  )
  // Who stays makes those stay that depend on it, and these make others stay.
  for (let before = -1; before !== blocked.size;) {
    before = blocked.size
    for (const { each, left } of own) {
      const first = each.after.find((service) => blocked.has(service))
      if (left === undefined && first !== undefined && !blocked.has(each.service))
        blocked.set(each.service, staysWith(each, first))
    }
  }
  const leftBehind = own.flatMap(({ each, left }) => left ?? blocked.get(each.service) ?? [])
  const gone = new Set(leftBehind.map(({ service }) => service))
  const boards = facts.flatMap((each) => (gone.has(each.service) ? [] : passenger(each)))
  return { boards, leftBehind }
}

function ownReason(facts: BoardingFacts): LeftBehind | undefined {
  const { candidate, tooLate, there, hold, verdict } = facts
  const late = tooLate && `${tooLate} was validated after the cut-off.`
  if (candidate === undefined || candidate.release === there?.release) {
    if (late)
      return left(
        facts,
        'train.missed-cut-off',
        late,
        'It goes with the next train, or promote it.',
      )
    return candidate === undefined
      ? left(facts, 'train.nothing-validated', 'No release was validated.', 'Promote one.')
      : left(facts, 'train.nothing-new', `${candidate.version} is there already.`, '')
  }
  if (hold !== undefined)
    return left(facts, 'train.slot-held', `The slot is held: ${hold}`, 'Resume the slot.')
  const unmet = verdict?.reasons.filter((each) => each.state !== 'met' && !mayWait(each)) ?? []
  const worst = unmet.find(({ state }) => state === 'refused') ?? unmet[0]
  return worst && left(facts, worst.code, worst.message, worst.remedy)
}

const mayWait = ({ code }: VerdictReason) => WAITS_ON_BOARD.has(code)

function staysWith(facts: BoardingFacts, first: string): LeftBehind {
  const reason = `It depends on ${first}, which is left behind.`
  return left(facts, 'train.dependency-left-behind', reason, `See what keeps ${first}.`)
}

function left(
  { service, candidate }: BoardingFacts,
  code: string,
  reason: string,
  remedy: string,
): LeftBehind {
  return { service, version: candidate?.version ?? null, code, reason, remedy }
}

function passenger({ service, candidate, verdict }: BoardingFacts): readonly Passenger[] {
  if (candidate === undefined) return []
  const waits = verdict?.reasons.find(({ state }) => state !== 'met')?.message ?? null
  return [{ service, ...candidate, waits }]
}
