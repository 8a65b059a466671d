/**
 * The keys of the audit log, apart from those of artifacts: a folder in which every *.pem signs.
 *
 *   origin            what the log is called; kept, whatever becomes of its keys
 *   ed25519.pem       PKCS#8, mode 0600, made on first use
 *   ml-dsa-44.pem     made when asked for; signs beside it
 *
 * To rotate, put a second key beside the first and start again: both sign, until the old file is
 * moved away.
 */
import { createPrivateKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isNoteName, rawPublicKey, SIGNATURE_TYPE } from '#evidence/log/note.ts'
import type { LogKeys, LogSigner } from '#evidence/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { writeDurably } from '../shared/durable-file.ts'

const DISK = { noSpace: 'key.no-space', unusable: 'key.unusable' } as const
const OTHERS = 0o077
/** A checkpoint bears a line of each. */
const KEYS_MAX = 8
const TYPES = { ed25519: SIGNATURE_TYPE.ed25519, 'ml-dsa-44': SIGNATURE_TYPE.mlDsa44 } as const
type Kind = keyof typeof TYPES

export function openLogKeys(
  folder: string,
  wants: { readonly origin?: string | undefined; readonly mlDsa: boolean },
): Promise<LogKeys> {
  return onDisk(DISK, folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    let keys = await readKeys(folder)
    for (const kind of wants.mlDsa ? (['ed25519', 'ml-dsa-44'] as const) : (['ed25519'] as const))
      if (!keys.some(({ asymmetricKeyType }) => asymmetricKeyType === kind))
        await makeKey(folder, kind)
    keys = await readKeys(folder)
    const signers = keys.map(signerOf).sort((a, b) => a.type - b.type)
    const origin = await originIn(folder, wants.origin, signers[0]?.publicKey ?? Buffer.alloc(0))
    return { origin, signers }
  })
}

function signerOf(privateKey: KeyObject): LogSigner {
  const type = TYPES[privateKey.asymmetricKeyType as Kind]
  return {
    type,
    publicKey: rawPublicKey(privateKey),
    sign: (message) => sign(null, message, privateKey),
  }
}

async function readKeys(folder: string): Promise<KeyObject[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pem')).sort()
  if (names.length > KEYS_MAX) throw unreadable(folder, `holds more than ${KEYS_MAX} keys`)
  return Promise.all(names.map((name) => readKey(join(folder, name))))
}

async function readKey(path: string): Promise<KeyObject> {
  if (((await stat(path)).mode & OTHERS) !== 0)
    throw new Fault('key.exposed', `Others on this machine may read ${path}.`, {
      remedy: 'Run `chmod 600` on it, and rotate the key if the machine is shared.',
      retry: false,
    })
  let key: KeyObject
  try {
    key = createPrivateKey(await readFile(path))
  } catch {
    throw unreadable(path, 'holds no private key')
  }
  if (!Object.hasOwn(TYPES, key.asymmetricKeyType ?? ''))
    throw unreadable(path, 'is a key of another kind than Ed25519 and ML-DSA-44')
  return key
}

const unreadable = (path: string, what: string) =>
  new Fault('key.unreadable', `${path} ${what}.`, {
    remedy: 'Restore the file from a backup, or move it away to let a new key be made.',
    retry: false,
  })

async function makeKey(folder: string, kind: Kind): Promise<void> {
  const { privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ml-dsa-44')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeDurably(join(folder, `${kind}.pem`), pem, { temporary: folder, mode: 0o600 })
}

async function originIn(folder: string, wanted: string | undefined, key: Buffer): Promise<string> {
  const path = join(folder, 'origin')
  const known = (await readFile(path, 'utf8').catch(unlessAbsent))?.trim()
  const origin = known ?? wanted ?? `signalbox/${hash('sha256', key, 'hex').slice(0, 12)}`
  if (!isNoteName(origin) || (wanted !== undefined && wanted !== origin))
    throw new Fault('audit.other-origin', `This log is called ${origin}, not ${wanted}.`, {
      remedy: 'A log keeps its name: take SIGNALBOX_AUDIT_ORIGIN back to it.',
      retry: false,
    })
  if (known === undefined) await writeDurably(path, `${origin}\n`, { temporary: folder })
  return origin
}
