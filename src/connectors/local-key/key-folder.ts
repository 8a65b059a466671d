/**
 * The folder with the signing key and the keys that are trusted:
 *
 *   signing-key.pem     private key, PKCS#8, mode 0600, made on first use
 *   trusted/<id>.pem    public keys, SPKI, named by the hash that names the key
 *
 * Trust is a file: to trust a second machine copy its public key here, to stop trusting one remove
 * it. To rotate, move signing-key.pem away; what the old key signed stays good until its file is
 * removed.
 */
import {
  type KeyObject,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
} from 'node:crypto'
import { type FileHandle, link, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { errorCode, onDisk, unlessAbsent } from '../shared/disk-fault.ts'
import { flush, temporaryIn, writeDurably } from '../shared/durable-file.ts'

const DISK = { noSpace: 'key.no-space', unusable: 'key.unusable' } as const
const KEY_ID = /^sha256:[0-9a-f]{64}$/
/** Anyone but the owner: the bits that make a private key no longer private. */
const OTHERS = 0o077
/** A P-256 key in PEM is about 250 bytes; what is much larger is not one. */
const PEM_BYTES_MAX = 16 * 1024

export interface SigningKey {
  readonly keyId: string
  readonly privateKey: KeyObject
}

/**
 * The private key, made now when there is none. Two processes that start at once end with one key.
 * Throws Fault `key.exposed`, `key.unreadable`, `key.no-space`, `key.unusable`.
 */
export function openSigningKey(folder: string): Promise<SigningKey> {
  return onDisk(DISK, folder, async () => {
    await mkdir(join(folder, 'trusted'), { recursive: true, mode: 0o700 })
    const path = join(folder, 'signing-key.pem')
    const pem = (await readPrivate(path)) ?? (await makePrivate(path, folder))
    const privateKey = parsePrivate(pem, path)
    const publicKey = createPublicKey(privateKey)
    const keyId = keyIdOf(publicKey)
    // We trust what we sign ourselves, even when only the private key was brought along.
    const own = trustedPath(folder, keyId)
    const spki = publicKey.export({ type: 'spki', format: 'pem' })
    if ((await readIfThere(own))?.toString() !== spki)
      await writeDurably(own, spki, { temporary: folder })
    return { keyId, privateKey }
  })
}

/** The trusted key of that name, or in one sentence why there is none. */
export async function trustedKey(
  folder: string,
  keyId: string,
): Promise<KeyObject | { readonly why: string }> {
  if (!KEY_ID.test(keyId)) return { why: 'the bundle names no key of ours' }
  const pem = await onDisk(DISK, folder, () => readIfThere(trustedPath(folder, keyId)))
  if (pem === undefined) return { why: `the key ${keyId} is not trusted here` }
  const key = parsePublic(pem)
  if (key === undefined || !isP256(key)) return { why: `the file of key ${keyId} is no P-256 key` }
  // The name is what was trusted; a file whose content has another name was tampered with.
  if (keyIdOf(key) !== keyId) return { why: `the file of key ${keyId} holds another key` }
  return key
}

function keyIdOf(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`
}

const trustedPath = (folder: string, keyId: string) =>
  join(folder, 'trusted', `${keyId.slice('sha256:'.length)}.pem`)

async function readPrivate(path: string): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(unlessAbsent)
  if (handle === undefined) return undefined
  try {
    if (((await handle.stat()).mode & OTHERS) !== 0)
      throw new Fault('key.exposed', `Others on this machine may read ${path}.`, {
        remedy: 'Run `chmod 600` on it, and rotate the key if the machine is shared.',
        retry: false,
      })
    return await readPem(handle)
  } finally {
    await handle.close()
  }
}

async function makePrivate(path: string, folder: string): Promise<Buffer> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const beside = temporaryIn(folder)
  try {
    await writeDurably(beside, pem, { temporary: folder, mode: 0o600 })
    // A link, unlike a rename, fails when the name is taken: the first of two makers wins.
    await link(beside, path)
    await flush(folder)
    return pem
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    const winner = await readPrivate(path)
    if (winner === undefined) throw error
    return winner
  } finally {
    await rm(beside, { force: true })
  }
}

function parsePrivate(pem: Buffer, path: string): KeyObject {
  const key = attempt(() => createPrivateKey(pem))
  if (key !== undefined && isP256(key)) return key
  throw new Fault('key.unreadable', `${path} holds no P-256 private key.`, {
    remedy: 'Restore the file from a backup, or move it away to let a new key be made.',
    retry: false,
  })
}

function parsePublic(pem: Buffer): KeyObject | undefined {
  return attempt(() => createPublicKey(pem))
}

const isP256 = (key: KeyObject) =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(unlessAbsent)
  if (handle === undefined) return undefined
  try {
    return await readPem(handle)
  } finally {
    await handle.close()
  }
}

/** Bounded: what does not fit is no key, and the parser says so of its first bytes. */
async function readPem(handle: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(PEM_BYTES_MAX))
  return buffer.subarray(0, bytesRead)
}
