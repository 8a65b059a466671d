/**
 * Rules about the moment: checks, whose turn it is, and whether somebody said stop.
 */
import { type Finding, met, operators, type Rule, waiting } from './finding.ts'

export const checks: Rule = (facts) => {
  if (facts.checks.length === 0) return [met(facts, 'check.none', 'No checks are asked for here.')]
  return facts.checks.map(({ name, state, message, remedy, policy }): Finding => {
    const finding = { code: `check.${state}`, message: `${name}: ${message}`, policy } as const
    if (state === 'failed') return { ...finding, state: 'refused', remedy, who: [facts.ownerTeam] }
    if (state === 'pending') return { ...finding, state: 'waiting', remedy }
    return { ...finding, state: 'met', remedy: '' }
  })
}

export const turn: Rule = (facts) => {
  const { slot, ahead, deployment, service, environment } = facts
  if (!slot.isOpen)
    return [
      waiting(facts, 'slot.not-open', `${service} has no port in ${environment} yet.`, {
        remedy: `It gets one within seconds; if not, widen the port range of ${environment}.`,
      }),
    ]
  if (slot.holder !== undefined && slot.holder !== deployment)
    return [
      waiting(facts, 'slot.busy', `${slot.holder} is on its way here.`, {
        remedy: `Wait until ${slot.holder} has finished.`,
      }),
    ]
  if (ahead.length > 0)
    return [
      waiting(facts, 'slot.queued', `Its turn comes after ${ahead.join(', ')}.`, {
        remedy: 'Wait, or cancel those before it.',
        who: operators(facts),
      }),
    ]
  return [met(facts, 'slot.free', 'Nothing else is on its way here.')]
}

/** A hold stops automation; a person may go on, though not with the very release it is about. */
export const hold: Rule = (facts) => {
  const held = facts.slot.hold
  if (held === undefined) return [met(facts, 'slot.not-held', 'The slot is not held.')]
  const isBad = held.badRelease === facts.release.release
  if (facts.origin === 'person' && !isBad)
    return [met(facts, 'slot.held', `A person goes on although the slot is held: ${held.reason}`)]
  return [
    waiting(facts, 'slot.held', `The slot is held: ${held.reason}`, {
      remedy: isBad
        ? 'Promote a release that mends it, or resume the slot.'
        : 'Resume the slot, or promote the release yourself.',
      who: operators(facts),
    }),
  ]
}
