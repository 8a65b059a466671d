/**
 * What a server makes of an empty database: somebody who may do everything, and the bundled
 * runner's account. Their tokens stand in files of the data folder that only the owner can read;
 * the database knows their hashes.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { actors } from '#access/actor.ts'
import { actorOfToken } from '#access/queries.ts'
import { type Engine, wish } from '#engine/engine.ts'
import { newId, newSecret, sha256 } from '#engine/ids.ts'
import { type Role, SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const TOKEN_DAYS = 365
/** A sign-in link is clicked at once or lost. */
const LINK_MS = 15 * 60 * 1000

export const ADMIN = 'admin'
const RUNNER = 'bundled-runner'
/** Whom no review takes a role from: the platform would stand still. */
export const OWN_ACCOUNTS: readonly string[] = [RUNNER]

export interface Accounts {
  /** File with the admin's token, for the command line on this machine. */
  readonly adminFile: string
  readonly runnerToken: string
}

export async function ensureAccounts(
  engine: Engine,
  dataDir: string,
  now: number,
): Promise<Accounts> {
  const adminFile = join(dataDir, 'admin-token')
  await ensureToken(engine, adminFile, now, { id: ADMIN, kind: 'person', roles: ['admin'] })
  const runnerFile = join(dataDir, 'runner-token')
  const account: Account = { id: RUNNER, kind: 'service-account', roles: ['runner'] }
  const runner = await ensureToken(engine, runnerFile, now, account)
  return { adminFile, runnerToken: runner }
}

/** A link that signs the admin in, once. */
export async function signInLink(engine: Engine, url: string, now: number): Promise<string> {
  const secret = newSecret()
  await issue(engine, ADMIN, secret, now, now + LINK_MS)
  return `${url}/login?token=${secret}`
}

interface Account {
  readonly id: string
  readonly kind: 'person' | 'service-account'
  readonly roles: Role[]
}

async function ensureToken(
  engine: Engine,
  file: string,
  now: number,
  { id, kind, roles }: Account,
): Promise<string> {
  if (existsSync(file)) {
    const secret = readFileSync(file, 'utf8').trim()
    if ((await actorOfToken(engine.reads, sha256(secret), now)) !== undefined) return secret
  }
  const { state } = await engine.load(actors, id)
  if (state.kind === undefined) {
    const facts = { kind, name: id, emails: [], teams: [], roles }
    const command = { type: 'actor.register', at: now, by: SYSTEM.id, ...facts } as const
    await engine.execute(actors, id, command, { actor: SYSTEM })
  }
  const secret = newSecret()
  await issue(engine, id, secret, now, now + TOKEN_DAYS * DAY_MS)
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  return secret
}

async function issue(
  engine: Engine,
  id: string,
  secret: string,
  now: number,
  expiresAt: number,
): Promise<void> {
  const command = {
    type: 'actor.issueToken',
    at: now,
    by: SYSTEM.id,
    token: newId('tok', now),
    hash: sha256(secret),
    expiresAt,
  } as const
  const done = await engine.executeAll([wish({ thing: actors, id, command })], { actor: SYSTEM })
  if ('rejected' in done)
    throw new Fault('access.no-token', done.message, { remedy: done.remedy, retry: false })
}
