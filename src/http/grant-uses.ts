/**
 * Notices which roles are used, and tells it now and then: a request costs an entry in memory, and
 * a day of them one event an actor and role. What a crash loses is mostly noticed again that day.
 */
import { grants, roleUsed } from '#access/grant-use.ts'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { type Actor, type Role, SYSTEM } from '#kernel/actor.ts'

const FLUSH_MS = 60_000
const DAY_MS = 24 * 60 * 60 * 1000
/** More people than this in a minute: the rest is noticed in the next. */
const NOTED_MAX = 20_000

export class GrantUses {
  readonly #now: () => number
  /** Noticed and not told yet. */
  readonly #noted = new Map<string, Map<Role, number>>()
  /** Told today, by actor and role: they are not noticed again. */
  readonly #told = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  readonly note = (actor: Actor, needed: Role): void => {
    if (actor.kind === 'system') return
    const role = roleUsed(actor, needed)
    const at = this.#now()
    if (role === undefined || this.#told.get(`${actor.id} ${role}`) === dayOf(at)) return
    const known = this.#noted.get(actor.id)
    if (known !== undefined) known.set(role, at)
    else if (this.#noted.size < NOTED_MAX) this.#noted.set(actor.id, new Map([[role, at]]))
  }

  start(engine: Engine, log: Logger): void {
    const flush = () =>
      void this.flush(engine).catch((err: unknown) => log.warn({ err }, 'uses of roles not told'))
    this.#timer = setInterval(flush, FLUSH_MS).unref()
  }

  /** What cannot be told any more is lost, and no reason to hang. */
  async stop(engine: Engine): Promise<void> {
    clearInterval(this.#timer)
    await this.flush(engine).catch(() => {})
  }

  async flush(engine: Engine): Promise<void> {
    const noted = [...this.#noted]
    this.#noted.clear()
    for (const [actor, roles] of noted) {
      const uses = [...roles].map(([role, at]) => ({ role, at }))
      const command = { type: 'grant.noteUse', at: this.#now(), by: SYSTEM.id, uses } as const
      await engine.execute(grants, actor, command, { actor: SYSTEM })
      for (const { role, at } of uses) this.#told.set(`${actor} ${role}`, dayOf(at))
    }
    const today = dayOf(this.#now())
    for (const [key, day] of this.#told) if (day < today) this.#told.delete(key)
  }
}

const dayOf = (at: number) => Math.floor(at / DAY_MS)
