/** Emergencies, their reviews, and what runners proved: folded from the recorded events alone. */
import type { RecordEvent } from '#gates/events/records.ts'
import type { ReviewEvent } from '#operations/events.ts'
import type { EmergencyEvent } from '#rollouts/events/emergency.ts'

type Requested = Extract<EmergencyEvent, { readonly type: 'emergency.requested' }>

export interface UseBook {
  readonly promotion: string
  readonly release: string
  readonly late: readonly string[]
  readonly usedAt: number
  judged: ReadonlyMap<string, string>
}

export interface EmergencyBook {
  readonly asked: Requested
  /** On record, as all instants here are but those that an event names. */
  readonly requestedAt: number
  readonly approvals: Set<string>
  started?: { readonly at: number; readonly endsAt: number; readonly reviewers: number }
  dueAt?: number | undefined
  endedAt?: number
  readonly uses: Map<string, UseBook>
  reviewOpenedAt?: number
  readonly signed: Set<string>
  reviewedAt?: number
}

/** The last word on an artifact. */
export interface Proof {
  readonly isGood: boolean
  readonly at: number
}

export class EmergencyBooks {
  readonly all = new Map<string, EmergencyBook>()
  /** By artifact. */
  readonly proofs = new Map<string, Proof>()
  /** Promotions that were started as emergencies, and are not written down as such. */
  readonly unwritten = new Map<string, number>()

  /** Asked for or standing in that slot, and not known to have ended. */
  openIn(at: { readonly service: string; readonly environment: string }): EmergencyBook[] {
    return [...this.all.values()].filter(
      ({ asked, endedAt }) =>
        asked.service === at.service &&
        asked.environment === at.environment &&
        endedAt === undefined,
    )
  }

  /** Whose review is not done. */
  owedBy(service: string): EmergencyBook[] {
    return [...this.all.values()].filter(
      ({ asked, dueAt, reviewedAt }) =>
        asked.service === service && dueAt !== undefined && reviewedAt === undefined,
    )
  }

  emergency(id: string, event: EmergencyEvent, at: number): void {
    if (event.type === 'emergency.requested') {
      const nothing = { approvals: new Set<string>(), signed: new Set<string>() }
      this.all.set(id, { asked: event, requestedAt: at, ...nothing, uses: new Map() })
      return
    }
    const book = this.all.get(id)
    if (book === undefined) return
    switch (event.type) {
      case 'emergency.approved':
        book.approvals.add(event.by)
        return
      case 'emergency.started':
        book.started = { at, endsAt: event.endsAt, reviewers: event.review?.reviewers ?? 0 }
        book.dueAt = event.review?.dueAt
        return
      case 'emergency.ended':
        book.endedAt = at
        return
      case 'emergency.used': {
        const { promotion, release, late } = event
        const use = { promotion, release, late, usedAt: at, judged: new Map<string, string>() }
        book.uses.set(promotion, use)
        this.unwritten.delete(promotion)
        return
      }
      case 'emergency.lateJudged': {
        const use = book.uses.get(event.promotion)
        if (use !== undefined)
          use.judged = new Map(event.checks.map(({ name, state }) => [name, state]))
      }
    }
  }

  review(id: string, event: ReviewEvent, at: number): void {
    const book = this.all.get(id)
    if (book === undefined) return
    if (event.type === 'review.opened') book.reviewOpenedAt = at
    else if (event.type === 'review.signed') book.signed.add(event.by)
    else book.reviewedAt = at
  }

  record(event: RecordEvent, at: number): void {
    if (event.type !== 'record.checkReceived' || event.artifact === undefined) return
    this.proofs.set(event.artifact, { isGood: event.outcome === 'succeeded', at })
  }
}
