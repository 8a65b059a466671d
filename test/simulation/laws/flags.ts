/** Laws about feature flags. */
import type { FlagEvent } from '#rollouts/events/flags.ts'
import type { Said } from '../ledger.ts'
import { holds, type Judgement, type Law, only } from './law.ts'

/** What a keeper that looks every minute, on servers that crash, may be late by. */
const LATE_MS = 90 * 60_000

const moved = (
  said: Said,
): Extract<FlagEvent, { type: 'flag.changed' | 'flag.stepped' }> | undefined =>
  only(said, 'flag.changed') ?? only(said, 'flag.stepped')

export const flagFreezeStands: Law = {
  name: 'no flag changes or steps in a freeze',
  said(said, { ledger, apartSince }) {
    const event = moved(said)
    if (event === undefined) return undefined
    const skewMs = apartSince(said.recordedAt)
    const frozen = ledger.freezesOf(event, said.recordedAt).filter(({ startsAt, endsAt }) => {
      const isNew = said.recordedAt < startsAt + skewMs
      return !isNew && said.recordedAt < endsAt - skewMs
    })
    return holds(frozen.length === 0, `${event.flag} changed in ${event.environment}, frozen`)
  },
}

export const flagHoldStands: Law = {
  name: 'no ramp of a flag goes on in a held slot',
  said(said, { ledger }) {
    const event = only(said, 'flag.stepped')
    if (event === undefined) return undefined
    const hold = ledger.slotOf(event)?.hold
    // One that came while it was at it could not be known.
    const isKnown = hold !== undefined && hold.pos <= said.since
    return holds(!isKnown, `${event.flag} stepped in ${event.environment}, which is held`)
  },
}

export const rampInOrder: Law = {
  name: 'a ramp takes one step after the other, each after its time',
  said(said, { ledger, apartSince }) {
    const event = only(said, 'flag.stepped')
    if (event === undefined) return undefined
    const place = ledger.flags.at(event.flag, event.environment)
    if (place === undefined) return `${event.flag} stepped, and was never changed`
    if (place.isKilled) return `${event.flag} stepped, and is killed`
    if (place.ramp?.change !== event.change) return `${event.flag} stepped on an older ramp`
    if (event.step !== place.step + 1)
      return `${event.flag} went from ${place.step} to ${event.step}`
    const afterMs = said.recordedAt - place.movedAt
    return holds(
      afterMs >= place.ramp.everyMs - apartSince(place.movedAt),
      `${event.flag} stepped after ${afterMs} of ${place.ramp.everyMs} ms`,
    )
  },
}

export const flagApproved: Law = {
  name: 'a flag changes on the approvals of that very change, and nobody approves their own',
  said(said, { ledger }) {
    const event = only(said, 'flag.changed')
    if (event === undefined) return undefined
    const place = ledger.flags.at(event.flag, event.environment)
    const waiting = place?.waiting
    if (place === undefined || waiting?.change !== event.change)
      return `${event.flag} became what nobody planned`
    const { count } = waiting.approvals
    const strangers = [...place.approvals].filter(
      ([by, planHash]) => by !== waiting.by && planHash === waiting.planHash,
    )
    if (count === 0) return true
    return holds(
      strangers.length >= count,
      `${event.flag} changed on ${strangers.length} of ${count} approvals`,
    )
  },
}

export const killPasses: Law = {
  name: 'nothing keeps an operator from killing a flag',
  refused(what, code) {
    if (what !== 'kill') return undefined
    return holds(code === undefined || code === 'access.denied', `a kill was refused: ${code}`)
  },
  said(said) {
    const event = only(said, 'flag.killed')
    return event && true
  },
}

export const rampGoesOn: Law = {
  name: 'a ramp that nothing stops goes on',
  audit({ ledger, now, apartSince }) {
    let judged: Judgement
    for (const place of ledger.flags.places.values()) {
      const { ramp, movedAt, flag, environment } = place
      if (ramp === undefined || place.isKilled) continue
      const slot = ledger.slotOf(place)
      if (slot?.hold !== undefined || ledger.freezesOf(place, now).length > 0) continue
      const ends = [...ledger.freezes.values()]
        .map(({ liftedAt, endsAt }) => liftedAt ?? endsAt)
        .filter((end) => end <= now)
      const since = Math.max(movedAt, slot?.resumedAt ?? 0, ...ends)
      if (now > since + ramp.everyMs + LATE_MS + apartSince(since))
        return `${flag} stands still in ${environment} since ${now - since} ms, for no reason`
      judged = true
    }
    return judged
  },
}
