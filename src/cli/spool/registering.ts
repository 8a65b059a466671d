/** Makes the key of a spool known, while there is somebody to ask whose it is. */
import { hostname } from 'node:os'
import type { Api } from '../api.ts'
import type { CliContext } from '../context.ts'
import { spoolFolder } from './place.ts'
import { Spool } from './spool.ts'

export function openSpool({ api, environment }: CliContext): Promise<Spool> {
  return Spool.open(spoolFolder(environment, api.url))
}

interface Registered {
  readonly recorder: string
  readonly actor: string
}

export async function register(api: Api, spool: Spool, name?: string): Promise<Registered> {
  const body = { key: spool.key.publicKey, name: name ?? hostname() }
  const made = await api.post<Registered>('/recorders', body)
  await spool.noteRegistration({ actor: made.actor })
  return made
}

export async function ensureRegistered(api: Api, spool: Spool): Promise<void> {
  if ((await spool.registration()) === undefined) await register(api, spool)
}
