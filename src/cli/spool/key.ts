/** The key of a spool: made on first use, its owner's alone, and never sent anywhere. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { type DsseEnvelope, preAuthEncoding } from '#kernel/record.ts'
import { readIfThere, writeNew } from './place.ts'

/** Anyone but the owner. */
const OTHERS = 0o077

export interface SpoolKey {
  readonly id: string
  /** SPKI in base64. */
  readonly publicKey: string
  sign(payloadType: string, text: string): DsseEnvelope
  /** The signed text; undefined when it is not by this key. */
  read(payloadType: string, envelope: DsseEnvelope): string | undefined
}

export async function openKey(folder: string): Promise<SpoolKey> {
  const path = join(folder, 'key.pem')
  if ((await readIfThere(path)) === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519')
    // Of several that begin at once, one makes the key and all read it.
    await writeNew(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  }
  if (((await stat(path)).mode & OTHERS) !== 0)
    throw new Fault('spool.key-exposed', `Others on this machine may read ${path}.`, {
      remedy: 'Retire it (`signalbox recorder retire`), and move the folder away.',
      retry: false,
    })
  return keyOf(parse((await readIfThere(path)) ?? '', path))
}

export function keyOf(privateKey: KeyObject): SpoolKey {
  const publicKey = createPublicKey(privateKey)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const id = `sha256:${createHash('sha256').update(spki).digest('hex')}`
  return {
    id,
    publicKey: spki.toString('base64'),
    sign(payloadType, text) {
      const payload = Buffer.from(text)
      const sig = sign(null, preAuthEncoding(payloadType, payload), privateKey)
      const signatures = [{ keyid: id, sig: sig.toString('base64') }]
      return { payloadType, payload: payload.toString('base64'), signatures }
    },
    read(payloadType, envelope) {
      const payload = Buffer.from(envelope.payload, 'base64')
      const sig = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64')
      const isOurs =
        envelope.payloadType === payloadType &&
        payload.toString('base64') === envelope.payload &&
        verify(null, preAuthEncoding(payloadType, payload), publicKey, sig)
      return isOurs ? payload.toString() : undefined
    },
  }
}

function parse(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below.
  }
  throw new Fault('spool.key-unreadable', `${path} holds no Ed25519 private key.`, {
    remedy: 'Restore it from a backup, or move the whole folder away to begin a new chain.',
    retry: false,
  })
}
