/**
 * Everything that the verdict on a promotion rests on. Gathered in one go, judged without a look
 * back.
 */
import type { Check } from '#gates/events.ts'
import type { Relation } from '#releases/events.ts'
import type { Approval } from '../approvals.ts'
import type { ApprovalRule, NoReturn, NoReturnAcceptance, Priority, Skip } from '../events.ts'
import type { KnownEmergency } from '../emergency/emergency.ts'
import type { ExpectedDuration } from '../expected-duration.ts'
import type { Active, Queue } from '../queue.ts'
import type { Hold } from '../slot.ts'

export interface PromotionFacts {
  readonly service: string
  readonly ownerTeam: string
  readonly environment: string
  readonly release: DatedRelease
  readonly origin: 'automatic' | 'person'
  readonly priority: Priority
  /** Of its slot, the newest: what a promotion in such a hurry goes by. */
  readonly emergency?: KnownEmergency | undefined
  readonly requestedBy: string
  /** May abort what is on its way. */
  readonly requesterMayOperate?: boolean | undefined
  /** The deployment it would become: when that holds the slot, the slot is ours. */
  readonly deployment: string | undefined
  /** Names the policy row. */
  readonly policy: string
  readonly isOnPath: boolean
  /** Environments on the way that it passes by. */
  readonly skips: readonly Skip[]
  /** The environment before it on the promotion path, unless skipped; null for the first. */
  readonly upstream: {
    readonly environment: string
    readonly isValidated: boolean
    readonly isVetoed: boolean
    /** By whom, and why. */
    readonly veto?: string | undefined
    /** It was taken back there since. */
    readonly isRolledBack: boolean
  } | null
  /** For this environment, or everywhere. */
  readonly isVetoed: boolean
  /** Nothing needed its artifact; left out: its bytes are kept. */
  readonly pruned?: { readonly isRemoved: boolean } | undefined
  /** By whom, and why. */
  readonly veto?: string | undefined
  readonly checks: readonly Check[]
  readonly planHash: string
  /** In what the plan is not any more what it was when it was planned. */
  readonly planChanged: readonly string[]
  readonly rule: ApprovalRule
  readonly approvals: readonly Approval[]
  readonly people: readonly Person[]
  readonly freezes: readonly ActiveFreeze[]
  readonly calendar: SlotCalendar
  readonly takes: ExpectedDuration
  /** A person takes it on that it does not fit before its slot closes. */
  readonly override?: { readonly by: string; readonly reason: string } | undefined
  readonly slot: {
    readonly isOpen: boolean
    readonly holder: string | undefined
    /** What is on its way there, unless it is this one. */
    readonly active: Active | undefined
    readonly hold: Hold | undefined
    readonly deployed: DatedRelease | null
    /** How the release stands to what is deployed, by descent; null: nothing is. */
    readonly relation: Relation | null
    /** What is deployed came as a hotfix, and is not marked bad. */
    readonly isHotfix: boolean
  }
  /** Of its row, for its priority. */
  readonly queue: Queue
  /** It goes back: out of the rollback window, by the way that leads forward. */
  readonly back?:
    | {
        /** What it takes back still runs. */
        readonly isStillThere: boolean
        /** The rollback floor, when the release stands below it, and nobody forced it. */
        readonly below: { readonly version: string; readonly why: string } | undefined
      }
    | undefined
  /** What of it nobody can undo, where that takes a person's word. */
  readonly noReturn?:
    | {
        readonly what: NoReturn
        /** Of this very plan. */
        readonly acceptance: NoReturnAcceptance | undefined
        /** Releases that may be gone back to, and need what it takes away. */
        readonly needing: readonly { readonly version: string; readonly why: string }[]
        /** The rollback window, in words. */
        readonly window: string
      }
    | undefined
  /** Promotions whose turn comes first. */
  readonly ahead: readonly string[]
}

interface DatedRelease {
  readonly release: string
  readonly version: string
  readonly createdAt: number
}

interface Person {
  readonly actor: string
  /** The same for all accounts of one person; left out: this is the only one. */
  readonly person?: string | undefined
  readonly teams: readonly string[]
  readonly mayApprove: boolean
  /** Holds the role itself, and not by being an admin. */
  readonly isApprover?: boolean | undefined
  readonly mayOperate: boolean
}

interface ActiveFreeze {
  readonly freeze: string
  readonly reason: string
  readonly endsAt: number
  readonly by: string
  /** Of a hard one: who answers for it. */
  readonly owner?: string | null | undefined
}

export interface SlotCalendar {
  /** When it is open from now on, freezes taken into account; an end out of sight is null. */
  readonly openings: readonly { readonly startsAt: number; readonly endsAt: number | null }[]
  /** Windows that keep it closed now; freezes stand above. */
  readonly closures: readonly {
    readonly kind: 'deny' | 'outside'
    readonly name: string
    readonly reason: string
    readonly by: readonly string[]
    readonly endsAt: number | null
  }[]
  /** Freezes that are still to begin, the first one first. */
  readonly freezesAhead?: readonly { readonly name: string; readonly startsAt: number }[]
  /** Names of the windows that cover it. */
  readonly windows: readonly string[]
  /** What is to be said of the tier's own window; may be empty. */
  readonly note: string
}
