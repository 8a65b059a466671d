/**
 * Who holds which token, remembered for those who ask thousands of times a second. Known ones are
 * answered at once and looked up anew beside that, so a token that ended is let in for seconds more
 * at most, and one that was good while the database was there stays good while it is away.
 */
import type { Actor } from '#kernel/actor.ts'

const FRESH_MS = 5_000
/** The longest that somebody is let in whom the database cannot be asked about. */
const KEPT_MS = 24 * 60 * 60 * 1000
/** Whoever was asked for least lately makes room. */
const ACTORS_MAX = 10_000

export type ActorOf = (hash: string) => Promise<Actor | undefined>

export function rememberActors(ask: ActorOf, now: () => number): ActorOf {
  const known = new Map<string, { readonly actor: Actor; readonly at: number; isAsked: boolean }>()
  const look = async (hash: string): Promise<Actor | undefined> => {
    const actor = await ask(hash)
    known.delete(hash)
    if (actor === undefined) return undefined
    known.set(hash, { actor, at: now(), isAsked: false })
    const [oldest] = known.keys()
    if (known.size > ACTORS_MAX && oldest !== undefined) known.delete(oldest)
    return actor
  }
  return async (hash) => {
    const entry = known.get(hash)
    if (entry === undefined || now() >= entry.at + KEPT_MS) return look(hash)
    if (now() >= entry.at + FRESH_MS && !entry.isAsked) {
      entry.isAsked = true
      void look(hash).catch(() => {
        entry.isAsked = false
      })
    }
    return entry.actor
  }
}
