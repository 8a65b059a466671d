/**
 * The spool: what this machine recorded, until the server has it. Every record is written here
 * first and sent from here, also while the server is there, so that there is one way, and being
 * killed at any point loses nothing. Places in the chain are taken by making a file that must not
 * exist yet, so that several programs may record at once.
 */
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { RECORD_BYTES_MAX, RECORD_TYPE, type Recorded } from '#kernel/record.ts'
import { type Entry, type Flaw, flawsIn, readEntry, textOf } from './chain.ts'
import { openKey, type SpoolKey } from './key.ts'
import { namesIn, readIfThere, replace, writeNew } from './place.ts'

/** A server that is away this long, or this much: somebody has to look. */
export const WAITING_MAX = 5_000
export const WAITING_BYTES_MAX = 32 * 1024 * 1024
/** Sent ones stay a while: they show that the chain goes on. */
const SENT_KEPT = 100
/** Each loser looks again at what the winner made; a crowd of programs is still served. */
const ATTEMPTS_MAX = 1_000
const DIGITS = 10

export interface Refused {
  readonly code: string
  readonly detail: string
  readonly remedy: string
}

export interface Waiting extends Entry {
  /** Why the server did not want it; undefined: it has not been asked. */
  readonly refused: Refused | undefined
}

/** Who the key signs for, as the server said when it was asked. */
export interface Registration {
  readonly actor: string
}

export class Spool {
  readonly folder: string
  readonly key: SpoolKey

  private constructor(folder: string, key: SpoolKey) {
    this.folder = folder
    this.key = key
  }

  static async open(folder: string): Promise<Spool> {
    return new Spool(folder, await openKey(folder))
  }

  async registration(): Promise<Registration | undefined> {
    const text = await readIfThere(join(this.folder, 'registered.json'))
    return text === undefined ? undefined : (JSON.parse(text) as Registration)
  }

  async noteRegistration({ actor }: Registration): Promise<void> {
    await replace(join(this.folder, 'registered.json'), JSON.stringify({ actor }))
  }

  /** Signs it into the next place of the chain; on the disk when this resolves. */
  async append(what: Recorded, now: number): Promise<Entry> {
    await this.#refuseWhenFull()
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const last = (await this.#numbers()).at(-1) ?? 0
      const before = last === 0 ? null : await this.#digestAt(last)
      if (before === undefined) continue
      const number = last + 1
      const chain = { number, previous: before, recorder: this.key.id }
      const record = { format: 1, ...chain, recordedAt: now, what } as const
      const text = textOf(record)
      if (Buffer.byteLength(text) > RECORD_BYTES_MAX)
        throw new Fault('spool.record-too-large', 'A record of more than 16 KiB is not kept.', {
          remedy: 'Keep reports where they are, and give a --link to them.',
          retry: false,
        })
      const envelope = this.key.sign(RECORD_TYPE, text)
      if (!(await writeNew(this.#path(number, 'json'), JSON.stringify(envelope)))) continue
      const entry = readEntry(number, JSON.stringify(envelope))
      if (entry !== undefined && !(await this.#isOvertaken(entry))) return entry
      await rm(this.#path(number, 'json'), { force: true })
    }
    throw new Fault('spool.crowded', 'Too many programs record here at the same time.', {
      remedy: 'Record again, or give each its own folder with SIGNALBOX_SPOOL.',
    })
  }

  /** What the server does not have yet, in the order of the chain. */
  async waiting(): Promise<Waiting[]> {
    const found: Waiting[] = []
    for (const number of await this.#unsent()) {
      const text = await readIfThere(this.#path(number, 'json'))
      const entry = text === undefined ? undefined : readEntry(number, text)
      if (entry === undefined) continue
      const why = await readIfThere(this.#path(number, 'refused'))
      found.push({
        ...entry,
        refused: why === undefined ? undefined : (JSON.parse(why) as Refused),
      })
    }
    return found
  }

  async noteSent(number: number): Promise<void> {
    await replace(this.#path(number, 'sent'), '')
    await rm(this.#path(number, 'refused'), { force: true })
  }

  async noteRefused(number: number, why: Refused): Promise<void> {
    const { code, detail, remedy } = why
    await replace(this.#path(number, 'refused'), JSON.stringify({ code, detail, remedy }))
  }

  /** A person gives up what the server refused; the gap stays visible in the chain. */
  async discard(number: number): Promise<boolean> {
    if ((await readIfThere(this.#path(number, 'refused'))) === undefined) return false
    // As sent, and not removed: the next record has to follow it.
    await this.noteSent(number)
    return true
  }

  /** The oldest that were sent; the newest record always stays, since the next one follows it. */
  async prune(): Promise<void> {
    const sent = await this.#numbers('sent')
    const last = (await this.#numbers()).at(-1)
    for (const number of sent.slice(0, -SENT_KEPT)) {
      if (number === last) continue
      await rm(this.#path(number, 'json'), { force: true })
      await rm(this.#path(number, 'sent'), { force: true })
    }
  }

  async flaws(): Promise<{ readonly count: number; readonly flaws: readonly Flaw[] }> {
    const numbers = await this.#numbers()
    const texts = await Promise.all(
      numbers.map(async (number) => ({
        number,
        text: (await readIfThere(this.#path(number, 'json'))) ?? '',
      })),
    )
    return { count: numbers.length, flaws: flawsIn(this.key, texts) }
  }

  async #numbers(kind: 'json' | 'sent' = 'json'): Promise<number[]> {
    return numbersOf(await namesIn(join(this.folder, 'records')), kind)
  }

  async #unsent(): Promise<number[]> {
    return unsentOf(await namesIn(join(this.folder, 'records')))
  }

  async #digestAt(number: number): Promise<string | null | undefined> {
    const text = await readIfThere(this.#path(number, 'json'))
    if (text === undefined) return undefined
    const entry = readEntry(number, text)
    if (entry !== undefined) return entry.digest
    throw new Fault('spool.damaged', `Record ${number}, the last one, cannot be read.`, {
      remedy: 'Run `signalbox spool verify`; move the spool away to begin a new chain.',
      retry: false,
    })
  }

  /** Another program went on from an older end and is ahead of us: ours would be a second one. */
  async #isOvertaken({ number, digest }: Entry): Promise<boolean> {
    const last = (await this.#numbers()).at(-1) ?? number
    if (last <= number) return false
    const text = await readIfThere(this.#path(number + 1, 'json'))
    return text === undefined || readEntry(number + 1, text)?.record.previous !== digest
  }

  async #refuseWhenFull(): Promise<void> {
    const unsent = await this.#unsent()
    const sizes = await Promise.all(
      unsent.map(
        async (number) => (await stat(this.#path(number, 'json')).catch(() => null))?.size,
      ),
    )
    const bytes = sizes.reduce((sum: number, size) => sum + (size ?? 0), 0)
    if (unsent.length < WAITING_MAX && bytes < WAITING_BYTES_MAX) return
    throw new Fault('spool.full', `${unsent.length} records wait here, and none is dropped.`, {
      remedy:
        'Upload them (`signalbox spool upload`); look at those that were refused ' +
        '(`signalbox spool list`), and discard what is of no use.',
      retry: false,
    })
  }

  #path(number: number, kind: 'json' | 'sent' | 'refused'): string {
    return join(this.folder, 'records', `${String(number).padStart(DIGITS, '0')}.${kind}`)
  }
}

const NAME = /^(\d{10})\.(json|sent)$/

function numbersOf(names: readonly string[], kind: 'json' | 'sent'): number[] {
  return names
    .flatMap((name) => {
      const [, digits, is] = NAME.exec(name) ?? []
      return is === kind ? [Number(digits)] : []
    })
    .toSorted((a, b) => a - b)
}

function unsentOf(names: readonly string[]): number[] {
  const sent = new Set(numbersOf(names, 'sent'))
  return numbersOf(names, 'json').filter((number) => !sent.has(number))
}

/** Without making a key or a folder: whether there is anything to send. */
export async function hasWaiting(folder: string): Promise<boolean> {
  const names = await namesIn(join(folder, 'records'))
  return unsentOf(names).some((number) => {
    const refused = `${String(number).padStart(DIGITS, '0')}.refused`
    return !names.includes(refused)
  })
}
