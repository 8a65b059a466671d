/** Laws about what nobody can undo. */
import type { Ledger } from '../ledger.ts'
import { holds, type Law, only } from './law.ts'

/** From this tier on a service loses its way back without a word. */
const FREE_FROM_TIER = 2

/** Releases that a start brings there for the first time, and that take something away. */
function takingIn(
  ledger: Ledger,
  at: { readonly service: string; readonly environment: string; readonly release: string },
): readonly string[] {
  const line = ledger.lines.get(at.service) ?? []
  const applied = ledger.slotOf(at)?.applied ?? new Set()
  const newest = line.findLastIndex((each) => applied.has(each))
  if (newest === -1) return []
  return line
    .slice(newest + 1, line.indexOf(at.release) + 1)
    .filter((each) => ledger.releases.get(each)?.takes === true)
}

export const noReturnAnswered: Law = {
  name: 'nothing starts in production that takes the way back, unless somebody answered for it',
  said(said, { ledger, apartSince }) {
    const start = only(said, 'deployment.started')
    if (start === undefined || start.kind === 'rollback') return undefined
    if (start.environmentKind !== 'production' || start.tier >= FREE_FROM_TIER) return undefined
    const taking = takingIn(ledger, start)
    const promotion = ledger.promotions.get(start.promotion ?? '')
    if (taking.length === 0 || promotion === undefined) return undefined
    const { acceptance, planHash, plan, rule } = promotion
    const what = `${said.id} brings ${taking.join(', ')}`
    if (acceptance === undefined) return `${what}, and nobody answers for it`
    if (acceptance.planHash !== planHash) return `${what}, answered for as another plan`
    if (acceptance.by === plan.by) return `${what}, answered for by who asked for it`
    const isExcluded = rule.excluded.some(({ actor }) => actor === acceptance.by)
    if (isExcluded) return `${what}, answered for by ${acceptance.by}, who wrote it`
    const { at } = acceptance
    const isFresh = start.at < at + rule.expiresMs + apartSince(at)
    return holds(isFresh, `${what}, and the word for it is too old`)
  },
}

export const floorStands: Law = {
  name: 'automation takes nothing back, once it was seen, behind what nobody can undo',
  said(said, { ledger }) {
    const paused = only(said, 'deployment.paused')
    const aborted = only(said, 'deployment.abortRequested')
    const book = ledger.deployments.get(said.id)
    if (said.event.by !== 'system' || book === undefined || book.start.kind === 'rollback')
      return undefined
    const isSeen = paused?.belowFloor !== undefined || book.exposedAt !== undefined
    const { release, returnPoint, service } = book.start
    const line = ledger.lines.get(service) ?? []
    const isTaken = ledger.releases.get(release)?.takes === true
    const to = line.indexOf(returnPoint?.release ?? '')
    if (!isSeen || !isTaken || to === -1 || to >= line.indexOf(release)) return undefined
    // It stays where it is, and people are told.
    if (aborted === undefined) return paused?.belowFloor && true
    // A person's veto, and a hotfix that takes its place, go all the same.
    const isAsked = !JUDGED.has(aborted.cause)
    return isAsked || `${said.id} was taken back to ${returnPoint?.release}: ${aborted.cause}`
  },
}

/** Causes that are automation's own. */
const JUDGED = new Set(['analysis', 'health', 'deadline'])
