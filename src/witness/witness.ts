/**
 * A witness: a small program on another machine, under another admin, that cosigns what continues
 * what it saw. Whoever owns a log's database and its key can rewrite the log, and not what others
 * remember of it.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Logger } from '#engine/log.ts'
import { holdAlone } from '#engine/sole.ts'
import {
  isNoteName,
  keyOf,
  rawPublicKey,
  readVkey,
  SIGNATURE_TYPE,
  signed,
  type VerifierKey,
  writeSignature,
  writeVkey,
} from '#evidence/log/note.ts'
import { readPolicy } from '#evidence/log/policy.ts'
import { Fault } from '#kernel/fault.ts'
import { judge, type No, readShown, trusts } from './answer.ts'
import { openWitnessState, type WitnessState } from './state.ts'

const BODY_BYTES_MAX = 128 * 1024

export interface WitnessFlags {
  readonly data: string
  readonly host: string
  readonly port: string
  readonly name?: string | undefined
  readonly policy?: string | undefined
  /** vkeys. */
  readonly logs: readonly string[]
  readonly log: Logger
}

interface Witness {
  readonly key: VerifierKey
  readonly privateKey: KeyObject
  readonly state: WitnessState
  /** Read anew each time, so that a log is added without a restart. */
  logs(): Promise<readonly VerifierKey[]>
  now(): number
}

export async function runWitness(flags: WitnessFlags, signal: AbortSignal): Promise<void> {
  const started = await startWitness(flags)
  process.stdout.write(`Witness ${started.vkey}\nat ${started.url}\n`)
  if (!signal.aborted) await once(signal, 'abort')
  await started.stop()
}

export async function startWitness(flags: WitnessFlags) {
  await mkdir(flags.data, { recursive: true, mode: 0o700 })
  const letGo = await holdAlone(flags.data)
  if (letGo === undefined)
    throw new Fault('witness.already-running', `A witness is using ${flags.data}.`, {
      remedy: 'Stop that one, or give this one another folder with --data.',
      retry: false,
    })
  await logsOf(flags)
  const { key, privateKey } = await identity(flags.data, flags.name)
  const state = await openWitnessState(flags.data)
  const witness: Witness = {
    key,
    privateKey,
    state,
    logs: () => logsOf(flags),
    now: () => Date.now(),
  }
  const server = createServer((request, response) => {
    void answer(witness, request, response).catch((error: unknown) => {
      flags.log.error({ err: error }, 'a checkpoint could not be answered')
      response.writeHead(500).end('The witness failed; nothing was cosigned.\n')
    })
  })
  server.listen(Number(flags.port), flags.host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : Number(flags.port)
  return {
    url: `http://${flags.host}:${port}`,
    vkey: writeVkey(key),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      letGo()
    },
  }
}

async function answer(witness: Witness, request: IncomingMessage, response: ServerResponse) {
  const path = request.url?.replace(/^\/+/, '/')
  if (request.method !== 'POST' || path !== '/add-checkpoint')
    return response.writeHead(404).end('POST /add-checkpoint is all there is.\n')
  const body = await bodyOf(request)
  if (body === undefined) return response.writeHead(413).end()
  const said = await addCheckpoint(witness, body)
  if ('lines' in said)
    return response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(said.lines)
  const type = said.isSize === true ? 'text/x.tlog.size' : 'text/plain; charset=utf-8'
  const text = said.isSize === true ? said.text : `${said.text}\n`
  return response.writeHead(said.status, { 'content-type': type }).end(text)
}

export async function addCheckpoint(
  witness: Witness,
  body: string,
): Promise<{ readonly lines: string } | No> {
  const shown = readShown(body)
  if ('status' in shown) return shown
  const keys = trusts(shown, await witness.logs())
  if ('status' in keys) return keys
  const { checkpoint } = shown
  return witness.state.alone(checkpoint.origin, async () => {
    const newest = await witness.state.newest(checkpoint.origin)
    const no = judge(shown, { keys, newest })
    if (no !== undefined) return no
    // Remembered before it is said: said and forgotten, it could be unsaid.
    if (newest?.size !== checkpoint.size) await witness.state.keep(checkpoint)
    const seconds = Math.floor(witness.now() / 1000)
    const { text } = checkpoint.note
    const line = signed(witness.key, (message) => sign(null, message, witness.privateKey), {
      text,
      seconds,
    })
    return { lines: writeSignature(line) }
  })
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > BODY_BYTES_MAX) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

async function logsOf({ data, policy, logs }: WitnessFlags): Promise<readonly VerifierKey[]> {
  const file = policy ?? join(data, 'policy')
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (policy !== undefined) throw badPolicy(`${file} cannot be read.`, cause)
    return 'quorum none'
  })
  const read = readPolicy(text)
  if ('why' in read) throw badPolicy(`${file}, ${read.why}.`)
  const more = logs.map((vkey) => {
    const key = readVkey(vkey)
    if ('why' in key) throw badPolicy(`--log ${vkey.slice(0, 80)}: ${key.why}.`)
    return key
  })
  return [...read.logs.map(({ key }) => key), ...more]
}

const badPolicy = (message: string, cause?: unknown) =>
  new Fault('witness.bad-policy', message, {
    remedy: 'Write a line `log <vkey>` for each log, as `signalbox audit status` shows the key.',
    retry: false,
    cause,
  })

/** Made at the first start. Its name is part of what others trust, so it is kept with the key. */
async function identity(folder: string, wanted: string | undefined) {
  const [pemFile, nameFile] = [join(folder, 'witness-key.pem'), join(folder, 'name')]
  const known = (await readFile(nameFile, 'utf8').catch(() => undefined))?.trim()
  const pem = await readFile(pemFile, 'utf8').catch(() => undefined)
  const privateKey =
    pem === undefined ? generateKeyPairSync('ed25519').privateKey : createPrivateKey(pem)
  const publicKey = rawPublicKey(privateKey)
  const name = known ?? wanted ?? `signalbox-witness/${publicKey.toString('hex').slice(0, 12)}`
  if (!isNoteName(name) || (wanted !== undefined && wanted !== name))
    throw new Fault('witness.other-name', `This witness is called ${name}, not ${wanted}.`, {
      remedy: 'Leave --name out, or give it another folder with --data.',
      retry: false,
    })
  if (pem === undefined) {
    const made = privateKey.export({ type: 'pkcs8', format: 'pem' })
    await writeFile(pemFile, made, { mode: 0o600, flag: 'wx' })
  }
  if (known === undefined) await writeFile(nameFile, `${name}\n`)
  return { key: keyOf(name, SIGNATURE_TYPE.cosignature, publicKey), privateKey }
}
