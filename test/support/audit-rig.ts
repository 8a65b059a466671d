/** A database that is written to, with the audit log over it: what tests of sealing stand on. */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { TestContext } from 'node:test'
import { Engine } from '#engine/engine.ts'
import type { View } from '#engine/views.ts'
import { rawPublicKey, SIGNATURE_TYPE } from '#evidence/log/note.ts'
import type { LogKeys, LogStore } from '#evidence/ports.ts'
import { AuditLoop } from '#evidence/reconcilers/audit-loop.ts'
import type { Witnesses } from '#evidence/reconcilers/witnessing.ts'
import { readHead, type Head } from '#evidence/queries/sealing.ts'
import { verifyRange } from '#evidence/queries/verify-range.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { quiet, withDatabase } from './database.ts'

export interface MemoryStore extends LogStore {
  readonly files: Map<string, Buffer>
}

export function memoryStore(): MemoryStore {
  const files = new Map<string, Buffer>()
  return {
    files,
    async put(path, bytes) {
      const there = files.get(path)
      if (there !== undefined && !there.equals(bytes))
        throw new Fault('audit.forked', `${path} was published with other bytes.`, {
          remedy: 'See the guide.',
        })
      files.set(path, Buffer.from(bytes))
    },
    async replace(path, bytes) {
      files.set(path, Buffer.from(bytes))
    },
    async get(path) {
      return files.get(path)
    },
  }
}

export function memoryKeys(origin = 'log.example'): LogKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = {
    type: SIGNATURE_TYPE.ed25519,
    publicKey: rawPublicKey(publicKey),
    sign: (message: Buffer) => sign(null, message, privateKey),
  }
  return { origin, signers: [signer] }
}

interface Noted {
  readonly type: 'note.taken'
  readonly at: number
  readonly by: string
  readonly service: string
  readonly text: string
}

const notes = {
  kind: 'note',
  decider: {
    initial: 0,
    decide: (command: Omit<Noted, 'type'> & { readonly type: 'note.take' }): Noted[] => [
      { ...command, type: 'note.taken' },
    ],
    evolve: (count: number) => count + 1,
  },
} as const

export async function auditRig(
  t: Pick<TestContext, 'after'>,
  more: {
    readonly keys?: LogKeys
    readonly store?: MemoryStore
    readonly witnesses?: Witnesses
    readonly views?: readonly View[]
  } = {},
) {
  const database = await withDatabase(t)
  const engine = new Engine({
    database,
    views: more.views ?? [],
    authorize: () => undefined,
    log: quiet,
  })
  await engine.prepare()
  const keys = more.keys ?? memoryKeys()
  const store = more.store ?? memoryStore()
  const clock = { now: () => Date.now() }
  const open = () =>
    new AuditLoop({
      engine,
      keys,
      store,
      witnesses: more.witnesses,
      server: 'act_test',
      log: quiet,
      now: () => clock.now(),
    })
  const write = async (count: number, by = 'ada@example.com') => {
    for (let i = 0; i < count; i++)
      await engine.execute(
        notes,
        `n${i % 7}`,
        { type: 'note.take', at: clock.now(), by, service: 'checkout', text: `words ${i}` },
        { actor: SYSTEM },
      )
  }
  const head = async (): Promise<Head> => {
    const found = await readHead(database)
    if (found === undefined) throw new Error('no epoch')
    return found
  }
  const loop = open()
  const verify = async () =>
    verifyRange({ database, files: loop.files, head: await head() }, { from: 0, count: 1e6 })
  /** Until nothing is left to seal. */
  const settle = async (of: AuditLoop = loop) => {
    while (await of.round());
  }
  return { database, engine, keys, store, clock, loop, open, write, head, verify, settle }
}

export type AuditRig = Awaited<ReturnType<typeof auditRig>>
