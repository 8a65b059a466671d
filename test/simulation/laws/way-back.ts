/** Laws about the way back. */
import type { Judgement, Law, View } from './law.ts'
import { holds, only } from './law.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** An undo is given a minute by the platform itself; a crash and a missed look come on top. */
export const UNDO_MS = 3 * MINUTE_MS
const UNDOS_A_DAY_MAX = 2

export const freezeLetsBack: Law = {
  name: 'a freeze never blocks an abort or a rollback',
  refused: (what, code = '') =>
    what === 'kill'
      ? undefined
      : holds(!code.startsWith('freeze.'), `${what} was refused: ${code}`),
  audit({ ledger, now, place, apartSince }) {
    let judged: Judgement
    for (const id of ledger.moving) {
      const book = ledger.deployments.get(id)
      if (book === undefined || ledger.freezesOf(book.start, now).length === 0) continue
      if (now < place.outageUntil + UNDO_MS) continue
      if (book.abort !== undefined) {
        const { at } = book.abort
        if (now > at + UNDO_MS + apartSince(at)) return `${id} is not undone, in a freeze`
        judged = true
      } else if (book.start.kind === 'rollback' && !book.isPaused) {
        const boundMs = book.start.plan.readyMs + UNDO_MS + apartSince(book.startedAt)
        const isStuck = book.exposedAt === undefined && now > book.startedAt + boundMs
        if (isStuck) return `${id} goes back, and got nowhere in a freeze`
        judged = true
      }
    }
    return judged
  },
}

export const hardFreezeAlone: Law = {
  name: 'a hard freeze refuses rollbacks, and nothing else on the calendar does',
  refused(what, code, at, { ledger, now, apartSince }) {
    const skewMs = apartSince(now)
    const hardAt = (then: number) => ledger.freezesOf(at, then).some(({ isHard }) => isHard)
    // Nobody knows whose clock it was asked by.
    const all = [now - skewMs, now, now + skewMs].map(hardAt)
    if (code === 'rollback.hard-frozen')
      return holds(what === 'rollback' && all.includes(true), `${what} was refused: no hard freeze`)
    if (what !== 'rollback' || code !== undefined || all.includes(false)) return undefined
    return `it went back in ${at.environment}, which is frozen hard`
  },
}

export const undoEnds: Law = {
  name: 'every undo ends within its bound',
  said(said, { ledger, apartSince, place }) {
    const abort = ledger.deployments.get(said.id)?.abort
    if (only(said, 'deployment.finished') === undefined || abort === undefined) return undefined
    const undoMs = said.recordedAt - Math.max(abort.at, place.outageUntil)
    return holds(undoMs <= UNDO_MS + apartSince(abort.at), `${said.id} was undone in ${undoMs} ms`)
  },
  audit({ ledger, now, apartSince }) {
    let judged: Judgement
    for (const id of ledger.moving) {
      const abort = ledger.deployments.get(id)?.abort
      if (abort === undefined) continue
      if (now > abort.at + UNDO_MS + apartSince(abort.at))
        return `${id} is being undone since ${now - abort.at} ms`
      judged = true
    }
    return judged
  },
}

export const backAtReturnPoint: Law = {
  name: 'after an undo the traffic is back at the return point',
  said(said, { ledger, place, brokenAt }) {
    const end = only(said, 'deployment.finished')
    const book = ledger.deployments.get(said.id)
    if (end === undefined || book?.abort === undefined || end.outcome === 'stuck') return undefined
    // What broke after it was put back is mended by the slot's keeper.
    const since = book.restoredAt ?? book.abort.at
    if (brokenAt(end) >= since) return undefined
    const weights = place.at(end)?.weights ?? {}
    const share = weights[said.id] ?? 0
    if (share > 0) return `${said.id} is over, and has ${share} % of the traffic`
    const to = end.returnPoint?.deployment
    if (book.exposedAt === undefined || to === undefined) return true
    return holds(weights[to] === 100, `${said.id} is over, and ${to} has ${weights[to] ?? 0} %`)
  },
}

export const noRollbackOfRollback: Law = {
  name: 'automation does not roll a rollback back',
  said(said, { ledger }) {
    const { event } = said
    if (event.by !== 'system') return undefined
    if (event.type === 'deployment.started')
      return holds(event.kind !== 'rollback', `${said.id} is a rollback by automation`)
    const book = ledger.deployments.get(said.id)
    if (event.type !== 'deployment.abortRequested' || book?.start.kind !== 'rollback')
      return undefined
    // One that nobody has seen, and does not come up, has to end somehow.
    return holds(book.exposedAt === undefined, `${said.id}, a rollback, was undone by automation`)
  },
}

export const noFlapping: Law = {
  name: 'after two automatic rollbacks within a day the slot is held',
  said(said, { ledger, apartSince }) {
    const released = only(said, 'slot.released')
    const slot = ledger.slots.get(said.id)
    if (released === undefined || slot === undefined) return undefined
    if (ledger.deployments.get(released.deployment)?.outcome !== 'rolledBack') return undefined
    const from = said.recordedAt - DAY_MS + apartSince(said.recordedAt - DAY_MS)
    const before = slot.undoneAt.filter((at) => at > from).length
    if (before + 1 < UNDOS_A_DAY_MAX) return undefined
    return holds(slot.hold !== undefined, `${said.id} was undone ${before + 1} times, and goes on`)
  },
}

export const settledServes: Law = {
  name: 'what a slot has settled on serves it',
  audit(view) {
    let judged: Judgement
    for (const slot of view.ledger.slots.values()) {
      if (slot.holder !== undefined || slot.settled === undefined) continue
      if (!isQuiet(view, slot)) continue
      const weights = view.place.at(slot)?.weights ?? {}
      const share = weights[slot.settled] ?? 0
      if (share !== 100) return `${slot.id} settled on ${slot.settled}, which has ${share} %`
      judged = true
    }
    return judged
  },
}

/** The keeper looks every minute, when it is not kept from it. */
const KEPT_MS = 10 * MINUTE_MS

function isQuiet(
  { ledger, place, now, brokenAt, apartSince }: View,
  slot: {
    readonly service: string
    readonly environment: string
    readonly settled?: string | undefined
  },
): boolean {
  const settled = ledger.deployments.get(slot.settled ?? '')
  const since = Math.max(brokenAt(slot), place.outageUntil, settled?.finishedAt ?? 0)
  // Nothing serves that does not come up.
  return now > since + KEPT_MS + apartSince(since) && place.isUp(slot, slot.settled ?? '')
}
