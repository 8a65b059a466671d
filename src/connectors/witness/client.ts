/** A witness over HTTP (C2SP tlog-witness): one call, whose every answer means something. */
import type { Witnessed, WitnessClient } from '#evidence/ports.ts'
import { isDecimal, writeHashes } from '#evidence/log/checkpoint.ts'
import { Fault } from '#kernel/fault.ts'

/** It signs a few bytes; what takes longer is not there. */
const ANSWER_MS = 5_000
/** Cosignatures of a few keys, the post-quantum ones included. */
const ANSWER_BYTES_MAX = 64 * 1024

export const witnessClient: WitnessClient = {
  async addCheckpoint(url, { old, proof, checkpoint }) {
    const to = `${url.replace(/\/+$/, '')}/add-checkpoint`
    try {
      const answer = await fetch(to, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: `old ${old}\n${writeHashes(proof)}\n${checkpoint}`,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      return understood(answer.status, await textOf(answer))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Fault('witness.unreachable', `The witness at ${url} cosigns nothing: ${why}.`, {
        remedy:
          'Nothing is lost: it is asked again. Does it run, and does its policy name this log?',
        cause,
      })
    }
  },
}

function understood(status: number, text: string): Witnessed {
  if (status === 200)
    return { kind: 'cosigned', lines: text.split('\n').filter((line) => line !== '') }
  if (status === 409 && isDecimal(text.trim())) return { kind: 'other-size', size: Number(text) }
  if (status === 422) return { kind: 'refused', why: 'this tree does not continue the one it saw' }
  throw new Error(`it says ${status}, ${text.slice(0, 200).trim()}`)
}

async function textOf(answer: Response): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer.body ?? []) {
    length += part.length
    if (length > ANSWER_BYTES_MAX) throw new Error(`more than ${ANSWER_BYTES_MAX} bytes`)
    parts.push(Buffer.from(part))
  }
  return Buffer.concat(parts).toString()
}
