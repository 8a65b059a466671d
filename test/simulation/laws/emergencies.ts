/** Laws about emergencies, and what is owed for them. */
import type { EmergencyBook, UseBook } from '../emergency-book.ts'
import type { Ledger, Said } from '../ledger.ts'
import { tierOf } from '../setting.ts'
import { holds, type Judgement, type Law, only, type View } from './law.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const RIGHTS_MS_MAX = 4 * HOUR_MS
/** Looks that come late, on servers that crash. */
const LATE_MS = 90 * MINUTE_MS
/** In production, by tier: who says yes to one. */
const APPROVERS = [1, 1, 0, 0] as const

/** Whether a review of the service is overdue: certainly, or by nobody's clock; else unknown. */
function isOverdue({ ledger, apartSince }: View, said: Said, service: string): boolean | undefined {
  const skewMs = apartSince(said.recordedAt)
  const dues = ledger.emergencies.owedBy(service).map(({ dueAt = Infinity }) => dueAt)
  if (dues.some((dueAt) => dueAt + skewMs < said.recordedAt)) return true
  return dues.every((dueAt) => dueAt - skewMs > said.recordedAt) ? false : undefined
}

function isOnCall(ledger: Ledger, { asked }: EmergencyBook, by: string): boolean {
  const person = ledger.people.get(by)
  const owner = ledger.services.get(asked.service)?.owner
  return person?.roles.includes('approver') === true && person.teams.some((each) => each === owner)
}

export const emergencyAnswered: Law = {
  name: 'an emergency stands on the word of others who are on call, and one more if a review is due',
  said(said, view) {
    const { ledger } = view
    const requested = only(said, 'emergency.requested')
    if (requested !== undefined) {
      const expected = isOverdue(view, said, requested.service)
      const isRight = expected === undefined || requested.overdue.length > 0 === expected
      return holds(isRight, `${said.id} names ${requested.overdue.length} overdue reviews`)
    }
    const book = ledger.emergencies.all.get(said.id)
    if (book === undefined) return undefined
    const approved = only(said, 'emergency.approved')
    if (approved !== undefined) {
      if (approved.by === book.asked.by) return `${approved.by} approved what they asked for`
      return holds(isOnCall(ledger, book, approved.by), `${approved.by} is not on call`)
    }
    if (only(said, 'emergency.started') === undefined) return undefined
    const { asked, approvals } = book
    const more = asked.overdue.length > 0 ? 1 : 0
    const row = asked.environment === 'prod' ? APPROVERS[tierOf(asked.service)] : 0
    if (asked.isAlone)
      return holds(
        more === 0 && isOnCall(ledger, book, asked.by),
        `${said.id} stands on the word of ${asked.by} alone`,
      )
    return holds(approvals.size >= row + more, `${said.id} stands on ${approvals.size} approvals`)
  },
}

/** By the clock of whoever has the fastest. */
function stands({ apartSince }: View, { started }: EmergencyBook, recordedAt: number): boolean {
  return started !== undefined && recordedAt < started.endsAt + apartSince(recordedAt)
}

export const rightsEnd: Law = {
  name: 'rights last four hours at most, and nothing goes by them once they are over',
  said(said, view) {
    const { ledger } = view
    const started = only(said, 'emergency.started')
    if (started !== undefined)
      return holds(started.endsAt - started.at <= RIGHTS_MS_MAX, `${said.id} lasts too long`)
    const used = only(said, 'emergency.used')
    if (used !== undefined) {
      const book = ledger.emergencies.all.get(said.id)
      const isOpen = book !== undefined && book.endedAt === undefined
      const isRight = isOpen && stands(view, book, said.recordedAt)
      return holds(isRight, `${used.promotion} goes by ${said.id}, which does not stand`)
    }
    const start = only(said, 'deployment.started')
    if (start === undefined || !ledger.isEmergency(start)) return undefined
    const open = ledger.emergencies.openIn(start)
    const isRight = open.some((book) => stands(view, book, said.recordedAt))
    return holds(isRight, `${said.id} started in a hurry, and no emergency stands`)
  },
  audit({ ledger, now }) {
    for (const [promotion, at] of ledger.emergencies.unwritten)
      if (now > at) return `${promotion} went by an emergency that does not know of it`
    return undefined
  },
}

const NEVER_LATE = ['signature', 'provenance']

export const lateIsJudged: Law = {
  name: 'what an emergency did not wait for is judged afterwards, and again when it is proven',
  said(said) {
    const used = only(said, 'emergency.used')
    if (used === undefined) return undefined
    const never = used.late.filter((name) => NEVER_LATE.includes(name))
    return holds(never.length === 0, `${said.id} did not wait for ${never.join(', ')}`)
  },
  audit(view) {
    let judged: Judgement
    for (const [id, { uses, reviewedAt }] of view.ledger.emergencies.all) {
      if (reviewedAt !== undefined) continue
      for (const use of uses.values()) {
        const answer = isJudged(view, use)
        if (typeof answer === 'string') return `${id}: ${answer}`
        judged ??= answer
      }
    }
    return judged
  },
}

function isJudged({ ledger, now }: View, { late, usedAt, judged, release }: UseBook): Judgement {
  const proof = ledger.emergencies.proofs.get(ledger.releases.get(release)?.artifact ?? '')
  const since = Math.max(usedAt, proof?.at ?? 0)
  if (late.length === 0 || now < since + LATE_MS) return undefined
  for (const name of late) {
    const state = judged.get(name)
    if (state === undefined) return `${release} was never judged by ${name}`
    if (state !== 'passed' && state !== 'failed') continue
    if ((state === 'passed') !== (proof?.isGood ?? false))
      return `${name} of ${release} is called ${state}, and is not`
  }
  return true
}

/** From Monday to Friday. */
function workingDays(from: number, to: number): number {
  let days = 0
  for (let at = from + DAY_MS; at <= to; at += DAY_MS)
    if (![0, 6].includes(new Date(at).getUTCDay())) days++
  return days
}

export const reviewIsOwed: Law = {
  name: 'every emergency is looked back at, once it is over, by people who did not ask for it',
  said(said, { ledger, apartSince }) {
    const book = ledger.emergencies.all.get(said.id)
    const started = only(said, 'emergency.started')
    if (started !== undefined && book !== undefined) {
      const { reviewDays } = book.asked.terms
      if (started.review === undefined) return holds(reviewDays === 0, `${said.id} owes no review`)
      const days = workingDays(started.at, started.review.dueAt)
      return holds(days === reviewDays, `the review of ${said.id} is due in ${days} working days`)
    }
    const signed = only(said, 'review.signed')
    if (signed !== undefined)
      return holds(signed.by !== book?.asked.by, `${signed.by} reviewed what they asked for`)
    if (only(said, 'review.done') === undefined || book?.started === undefined) return undefined
    const { endedAt, started: stood, signed: by, asked } = book
    const isOver = endedAt ?? stood.endsAt - apartSince(said.recordedAt)
    if (said.recordedAt < isOver) return `${said.id} was reviewed before it was over`
    return holds(by.size >= (asked.isAlone ? 2 : 1), `${by.size} reviewed ${said.id}`)
  },
  audit({ ledger, now }) {
    let judged: Judgement
    for (const [id, { started, dueAt, reviewOpenedAt }] of ledger.emergencies.all) {
      if (started === undefined || dueAt === undefined) continue
      if (reviewOpenedAt === undefined && now > started.at + LATE_MS)
        return `nobody was asked to review ${id}`
      judged = true
    }
    return judged
  },
}

export const emergencyEnds: Law = {
  name: 'an emergency ends when its time is over, and a slot has one at most',
  said(said, { ledger, apartSince }) {
    const requested = only(said, 'emergency.requested')
    if (requested === undefined) return undefined
    const skewMs = apartSince(said.recordedAt)
    const twin = ledger.emergencies
      .openIn(requested)
      .find((book) => said.recordedAt < overAt(book) - skewMs)
    return holds(twin === undefined, `${said.id} beside ${twin?.asked.emergency}`)
  },
  audit({ ledger, now, apartSince }) {
    let judged: Judgement
    for (const [id, book] of ledger.emergencies.all) {
      if (book.endedAt !== undefined) continue
      const at = overAt(book)
      if (now > at + LATE_MS + apartSince(at)) return `${id} is over, and nobody said so`
      judged = true
    }
    return judged
  },
}

const overAt = ({ started, asked, requestedAt }: EmergencyBook) =>
  started?.endsAt ?? requestedAt + asked.lastsMs
