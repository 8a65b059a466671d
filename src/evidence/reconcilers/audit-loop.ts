/**
 * The life of the audit log in a server: it says that it begins, seals what is written, at most
 * twice a second, shows checkpoints to witnesses, calls when it lags, and says when it ends. It is
 * woken by writing and looks by itself; a row for it in the due table would be one row that every
 * command writes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { AUDIT_ID, type AuditCommand, audits, type AuditState } from '../audit.ts'
import { readCheckpoint } from '../log/checkpoint.ts'
import { writeVkey } from '../log/note.ts'
import type { LogKeys, LogStore } from '../ports.ts'
import { type LogFiles, logFiles } from '../queries/log-reads.ts'
import { ensureEpoch, type Head, oldestUnsealed, readHead, whatHolds } from '../queries/sealing.ts'
import { keepWitnessed } from '../queries/witnessed.ts'
import { beginEpoch } from './epoch.ts'
import { eraseOrdered } from './erasing.ts'
import { BATCH_MAX, inEpoch, Sealer, verifierKeys } from './seal.ts'
import { Witnessing, type Witnesses } from './witnessing.ts'

/** A second of lag is the goal at p99, and the first event of a round waits the whole interval. */
const PUBLISH_MS = 500
/** Nobody rang: events of other servers, and of transactions that were under way. */
const POLL_MS = 1_000
/** So old, and not sealed: somebody should look. */
export const LAG_MS_MAX = 5_000
/** With nothing new, witnesses still say that they see the log alive. */
const ALIVE_MS = 60_000
const ASK_AGAIN_MS = 5_000

export interface AuditParts {
  readonly engine: Engine
  readonly keys: LogKeys
  readonly store: LogStore
  readonly witnesses: Witnesses | undefined
  /** Names this process in the log. */
  readonly server: string
  readonly log: Logger
  now(): number
}

export class AuditLoop {
  readonly files: LogFiles
  readonly #parts: AuditParts
  readonly #sealer: Sealer
  readonly #witnessing: Witnessing | undefined
  #loop: Promise<void> | undefined
  #stop = new AbortController()
  #shown: { readonly size: number; readonly at: number } | undefined
  #isHalted = false
  /** Whoever did not cosign is not asked again at once. */
  #askAgainAt = 0
  /** At first it does: whoever sealed the last order may have died of it. */
  #owesErasing = true
  #isCompared = false
  /** What is done behind the sealing, one after another. */
  #behind: Promise<void> | undefined

  constructor(parts: AuditParts) {
    const { engine, keys, store, witnesses, log, now } = parts
    const { database } = engine
    this.#parts = parts
    this.files = logFiles(database, store, inEpoch)
    this.#sealer = new Sealer({ database, keys, store, now })
    this.#witnessing = witnesses && new Witnessing(witnesses, log)
  }

  async start(): Promise<void> {
    const { engine, keys, server } = this.#parts
    await ensureEpoch(engine.database, keys.origin)
    const head = await this.#head()
    await this.#compareWithPublished(head).catch((error: unknown) => {
      // Its files are out of reach; nothing is signed before they were looked at.
      if (!(error instanceof Fault)) throw error
      this.#parts.log.warn({ err: error }, 'what was published of the audit log cannot be read')
    })
    await this.#say({
      type: 'audit.start',
      server,
      epoch: head.epoch,
      size: head.size,
      keys: verifierKeys(keys, head.origin).map(writeVkey),
    })
    this.#loop = this.#run()
  }

  /** Seals what is there, its own end included, as far as that goes. */
  async stop(): Promise<void> {
    if (this.#loop === undefined) return
    this.#stop.abort()
    await this.#loop
    await this.#behind
    this.#loop = undefined
    try {
      await this.#say({ type: 'audit.stop', server: this.#parts.server })
      await this.round()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the end of the audit log is not sealed')
    }
  }

  async #run(): Promise<void> {
    const { bus } = this.#parts.engine
    const { signal } = this.#stop
    while (!signal.aborted) {
      const seen = bus.rings
      const startedAt = performance.now()
      const isMore = await this.#try()
      if (isMore) continue
      await Promise.race([bus.heardSince(seen, POLL_MS), aborted(signal)])
      const ms = PUBLISH_MS - (performance.now() - startedAt)
      if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {})
    }
  }

  async #try(): Promise<boolean> {
    try {
      const { isMore, rest } = await this.#sealOnce()
      // Files and witnesses may be slow, or away, and nothing that is written waits for them.
      this.#behind ??= this.#inPeace(rest).finally(() => (this.#behind = undefined))
      return isMore
    } catch (error) {
      await this.#complain(error)
      return false
    }
  }

  async #inPeace(rest: () => Promise<void>): Promise<void> {
    try {
      await rest()
    } catch (error) {
      await this.#complain(error)
    }
  }

  async #complain(trouble: unknown): Promise<void> {
    if (trouble instanceof Fault && trouble.code === 'audit.forked')
      await this.#halt(await this.#head(), 0, trouble.message).catch(() => {})
    else this.#parts.log.warn({ err: trouble }, 'the audit log is in trouble, and tries again')
  }

  /** Once: seal, publish, show, measure. True: there is more to seal. */
  async round(): Promise<boolean> {
    const { isMore, rest } = await this.#sealOnce()
    await rest()
    return isMore
  }

  async #sealOnce(): Promise<{ readonly isMore: boolean; rest(): Promise<void> }> {
    if (!this.#isCompared) await this.#compareWithPublished(await this.#head())
    if (this.#isHalted && !(await this.#isBegunAnew()))
      return { isMore: false, rest: async () => {} }
    const sealed = await this.#sealer.seal()
    this.#owesErasing ||= sealed?.hasOrders === true
    if (sealed?.count === BATCH_MAX)
      return { isMore: true, rest: async () => void (await this.#sealer.flush()) }
    const head = sealed?.head ?? (await this.#head())
    if (sealed === undefined) await this.#measure(head)
    return { isMore: false, rest: () => this.#publishAll(head) }
  }

  async #publishAll(head: Head): Promise<void> {
    await this.#publish(head)
    await this.#show(head)
    if (!this.#owesErasing) return
    this.#owesErasing = false
    await eraseOrdered(this.#parts.engine.database).catch((error: unknown) => {
      this.#owesErasing = true
      throw error
    })
  }

  async #publish({ epoch, checkpoint, size }: Head): Promise<void> {
    const { store } = this.#parts
    while ((await this.#sealer.flush()) > 0);
    // With witnesses, what is published is what they cosigned.
    if (checkpoint === null || this.#witnessing !== undefined || this.#shown?.size === size) return
    await store.replace(inEpoch(epoch, 'checkpoint'), Buffer.from(checkpoint))
    this.#shown = { size, at: this.#parts.now() }
  }

  async #show(head: Head): Promise<void> {
    const { engine, store, now, log } = this.#parts
    const { checkpoint, epoch, size } = head
    if (this.#witnessing === undefined || checkpoint === null) return
    const isNew = this.#shown === undefined || this.#shown.size !== size
    if (!isNew && now() - (this.#shown?.at ?? 0) < ALIVE_MS) return
    if (now() < this.#askAgainAt) return
    const sight = await this.#witnessing.ask({ files: this.files, head, checkpoint })
    this.#shown = { size, at: now() }
    if (sight.trouble !== undefined) {
      await this.#halt(head, sight.trouble.published, sight.trouble.reason)
      return
    }
    if (!sight.isQuorum) {
      log.warn({ size }, 'too few witnesses cosigned the audit log')
      this.#shown = undefined
      this.#askAgainAt = now() + ASK_AGAIN_MS
      return
    }
    await keepWitnessed(engine.database, { epoch, size, note: sight.note, now: now() })
    await store.replace(inEpoch(epoch, 'checkpoint'), Buffer.from(sight.note))
  }

  async #measure(head: Head): Promise<void> {
    const { engine, log, now } = this.#parts
    const oldest = await oldestUnsealed(engine.database, head.last)
    const lagMs = oldest === undefined ? 0 : Math.max(0, Math.round(now() - oldest))
    const { state } = await this.#state()
    if (lagMs >= LAG_MS_MAX && !state.isLagging) {
      const reason = (await whatHolds(engine.database)) ?? 'Another server seals, or none does.'
      log.error({ lagMs, reason }, 'the audit log lags')
      await this.#say({ type: 'audit.lag', lagMs, reason })
    }
    if (lagMs < LAG_MS_MAX && state.isLagging) await this.#say({ type: 'audit.catchUp' })
  }

  async #compareWithPublished(head: Head): Promise<void> {
    const { state } = await this.#state()
    if (state.halted !== undefined) {
      this.#isHalted = true
      this.#isCompared = true
      return
    }
    const published = await this.#parts.store.get(inEpoch(head.epoch, 'checkpoint'))
    const read = published && readCheckpoint(published.toString())
    if (read !== undefined && !('why' in read) && read.size > head.size)
      await this.#halt(head, read.size, 'A checkpoint of more entries was published.')
    this.#isCompared = true
  }

  async #halt({ epoch, size }: Head, published: number, reason: string): Promise<void> {
    this.#isHalted = true
    this.#parts.log.error({ epoch, size, published, reason }, 'the audit log signs nothing more')
    await this.#say({ type: 'audit.halt', epoch, size, published, reason })
  }

  async #isBegunAnew(): Promise<boolean> {
    const { state } = await this.#state()
    if (state.halted !== undefined) return false
    await beginEpoch(this.#parts.engine.database, this.#parts.keys, state)
    this.#isHalted = false
    this.#shown = undefined
    return true
  }

  async #head(): Promise<Head> {
    const head = await readHead(this.#parts.engine.database)
    if (head === undefined) throw new Error('the audit log has no epoch')
    return head
  }

  async #state(): Promise<{ readonly state: AuditState }> {
    return this.#parts.engine.load(audits, AUDIT_ID)
  }

  async #say(
    command: AuditCommand extends infer C
      ? C extends AuditCommand
        ? Omit<C, 'at' | 'by'>
        : never
      : never,
  ): Promise<void> {
    const { engine, now } = this.#parts
    const facts = { at: now(), by: SYSTEM.id }
    const done = await engine.execute(
      audits,
      AUDIT_ID,
      { ...command, ...facts },
      {
        actor: SYSTEM,
      },
    )
    if ('rejected' in done && done.rejected === true) throw new Error(done.message)
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
