/** A timestamp authority over HTTP (RFC 3161, 3.4): one question, and an answer that is checked. */
import { randomBytes, type X509Certificate } from 'node:crypto'
import { readReply, REPLY_BYTES_MAX, writeRequest } from '#evidence/log/timestamp.ts'
import { certificatesIn, verifyTimestamp } from '#evidence/log/timestamp-trust.ts'
import type { TimestampAuthority } from '#evidence/ports/timestamps.ts'
import { Fault } from '#kernel/fault.ts'

/** Public ones answer within a second; what takes longer is asked again. */
const ANSWER_MS = 15_000
const NONCE_BYTES = 16

export function timestampAuthority(of: {
  readonly name: string
  readonly url: string
  readonly certificates: string
}): TimestampAuthority {
  const { name, url, certificates } = of
  const trusted = certificatesIn(certificates) ?? []
  return {
    name,
    certificates,
    async stamp(data) {
      const nonce = randomBytes(NONCE_BYTES)
      const reply = await asked(name, url, writeRequest(data, nonce))
      return { reply, at: believed(name, reply, { data, nonce, trusted }) }
    },
  }
}

function believed(
  name: string,
  reply: Buffer,
  about: {
    readonly data: Uint8Array
    readonly nonce: Buffer
    readonly trusted: readonly X509Certificate[]
  },
): number {
  const verified = verifyTimestamp(reply, about.data, about.trusted)
  if ('why' in verified) throw refused(name, verified.why)
  const read = readReply(reply)
  const isOurs = !('why' in read) && read.nonce?.subarray(-NONCE_BYTES).equals(about.nonce) === true
  if (!isOurs) throw refused(name, 'it answers another question')
  return verified.at
}

async function asked(name: string, url: string, request: Buffer): Promise<Buffer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/timestamp-query',
        accept: 'application/timestamp-reply',
      },
      body: Uint8Array.from(request),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    if (answer.status !== 200) throw new Error(`it answers with ${answer.status}`)
    return await bytesOf(answer)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Fault('timestamp.unreachable', `The timestamp authority ${name} is away: ${why}.`, {
      remedy: 'Nothing is lost: it is asked again. See that its address in the file is right.',
      cause,
    })
  }
}

async function bytesOf(answer: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body ?? []) {
    length += part.length
    if (length > REPLY_BYTES_MAX) throw new Error(`more than ${REPLY_BYTES_MAX} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const refused = (name: string, why: string) =>
  new Fault('timestamp.refused', `The answer of ${name} is not believed: ${why}.`, {
    remedy: 'See that `certificates` in the file holds those of this authority, or of its issuer.',
  })
