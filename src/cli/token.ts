/**
 * Which server, and as whom: flags, then the environment, then what `signalbox login` kept, then
 * the admin's token of a server on this machine whose data folder we may read.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Where {
  readonly url: string
  readonly token: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

export function whereIs(
  environment: Environment,
  flags: { readonly url?: string | undefined; readonly token?: string | undefined },
): Where {
  const kept = readKept(environment)
  const port = environment['SIGNALBOX_PORT'] ?? '4400'
  const named = flags.url ?? environment['SIGNALBOX_URL'] ?? kept.url ?? `http://127.0.0.1:${port}`
  const url = named.replace(/\/+$/, '')
  const given = flags.token ?? environment['SIGNALBOX_TOKEN']
  // What is kept here is for the server it belongs to; another must not come to see it.
  const own = url === kept.url ? kept.token : undefined
  return { url, token: given ?? own ?? (isHere(url) ? localToken(environment) : undefined) }
}

function isHere(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

export function keptFile(environment: Environment): string {
  const home = environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
  return join(home, 'signalbox', 'login.json')
}

function readKept(environment: Environment): Partial<Where> {
  const file = keptFile(environment)
  if (!existsSync(file)) return {}
  try {
    const { url, token } = Object(JSON.parse(readFileSync(file, 'utf8'))) as Partial<Where>
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : {}
  } catch {
    // A half-written file is as good as none; `signalbox login` writes it anew.
    return {}
  }
}

function localToken(environment: Environment): string | undefined {
  const folders = [
    environment['SIGNALBOX_DATA'],
    join(homedir(), '.local', 'share', 'signalbox'),
    '/var/lib/signalbox',
  ]
  for (const folder of folders) {
    if (folder === undefined) continue
    try {
      return readFileSync(join(folder, 'admin-token'), 'utf8').trim()
    } catch {
      // Not here, or not ours to read: the next place.
    }
  }
  return undefined
}
