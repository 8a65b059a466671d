/** How long a sink is waited for, and when a message is put aside. */
const FIRST_MS = 1_000
const LONGEST_MS = 5 * 60_000
/** With the waits above this is about twenty minutes of one message. */
export const ATTEMPTS_MAX = 12
/** Nobody is there: so often is it looked for, however long that lasts. */
const AWAY_MS = 15_000
const ASKED_MS_MAX = 60 * 60_000

/** What became of a message on its way. */
export type Sent =
  | { readonly kind: 'taken' }
  /** For good: sent again, it would be refused again. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** This message failed, and may succeed later. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Nobody is there, or lets us in: it is the same for every message. */
  | { readonly kind: 'away'; readonly reason: string; readonly waitMs?: number | undefined }

export type Course =
  | { readonly do: 'goOn' }
  | { readonly do: 'putAside'; readonly attempts: number; readonly reason: string }
  | {
      readonly do: 'wait'
      readonly ms: number
      readonly attempts: number
      readonly reason: string
    }

/** What becomes of a message that was tried in vain `before` times. */
export function courseAfter(sent: Sent, before: number): Course {
  switch (sent.kind) {
    case 'taken':
      return { do: 'goOn' }
    case 'refused':
      return { do: 'putAside', attempts: before + 1, reason: sent.reason }
    case 'failed': {
      const { reason } = sent
      const attempts = before + 1
      if (attempts >= ATTEMPTS_MAX) return { do: 'putAside', attempts, reason }
      return { do: 'wait', ms: waitMs(attempts), attempts, reason }
    }
    case 'away': {
      const ms = Math.min(Math.max(sent.waitMs ?? AWAY_MS, FIRST_MS), ASKED_MS_MAX)
      // It says nothing of the message, so that counts against none.
      return { do: 'wait', ms, attempts: before, reason: sent.reason }
    }
  }
}

const waitMs = (attempts: number) => Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS)
