/** What somebody fills in who declares a freeze, as the server takes it. */
export interface FreezeWish {
  readonly name: string
  /** Empty: all. */
  readonly environment: string
  readonly service: string
  readonly lasts: string
  readonly urgency: 'planned' | 'immediate'
}

const HOUR_MS = 3_600_000
export const LASTS: Readonly<Record<string, number>> = {
  '1 hour': HOUR_MS,
  '4 hours': 4 * HOUR_MS,
  '1 day': 24 * HOUR_MS,
  '3 days': 72 * HOUR_MS,
  '1 week': 168 * HOUR_MS,
  '2 weeks': 336 * HOUR_MS,
}

/** A name goes into addresses and commands: the server takes no other. */
export const isNamed = ({ name }: FreezeWish) => /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/.test(name)

export function freezeBody(wish: FreezeWish, reason: string, now: number) {
  const { name, environment, service, lasts, urgency } = wish
  return {
    name,
    environments: [environment === '' ? '*' : environment],
    services: [service === '' ? '*' : service],
    reason,
    urgency,
    endsAt: now + (LASTS[lasts] ?? HOUR_MS),
  }
}
