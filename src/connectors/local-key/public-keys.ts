/** Every key that is trusted for artifacts, as an auditor may have it: the own one first. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReleaseKeys } from '#evidence/ports.ts'
import { unlessAbsent } from '../shared/disk-fault.ts'

/** More than a machine trusts in its life. */
const KEYS_MAX = 100

export function publicKeys(folder: string, ownId: string): ReleaseKeys {
  const trusted = join(folder, 'trusted')
  return async () => {
    const names = (await readdir(trusted).catch(unlessAbsent)) ?? []
    const own = `${ownId.slice('sha256:'.length)}.pem`
    const pems = names.filter((name) => /^[0-9a-f]{64}\.pem$/.test(name)).slice(0, KEYS_MAX)
    const sorted = pems.sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1))
    return Promise.all(sorted.map((name) => readFile(join(trusted, name), 'utf8')))
  }
}
