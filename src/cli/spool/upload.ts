/**
 * Sends what waits, in the order of the chain, until there is nothing left or nobody answers. The
 * server knows each record by its place and digest, so sending one twice is sending it once.
 */
import { type Api, Refusal, Unreachable } from '../api.ts'
import type { Spool, Waiting } from './spool.ts'

export interface Uploaded {
  readonly sent: readonly number[]
  readonly refused: readonly Waiting[]
  /** Not tried, or tried in vain: they wait on. */
  readonly left: number
  /** Why it stopped before the end. */
  readonly stopped?: Error | undefined
}

/** These are about who uploads and not about the record: another try may do. */
const NOT_ITS_FAULT = new Set(['record.other-actor', 'route.unknown', 'server.strange'])

export async function upload(
  api: Api,
  spool: Spool,
  about: { readonly again?: boolean; readonly most?: number } = {},
): Promise<Uploaded> {
  const all = await spool.waiting()
  const due = all.filter(({ refused }) => about.again === true || refused === undefined)
  const sent: number[] = []
  const refused: Waiting[] = []
  let stopped: Error | undefined
  for (const one of due.slice(0, about.most)) {
    try {
      await api.post('/records', one.envelope)
      await spool.noteSent(one.number)
      sent.push(one.number)
    } catch (error) {
      if (!(error instanceof Refusal) || !isAboutTheRecord(error)) {
        if (!(error instanceof Refusal || error instanceof Unreachable)) throw error
        stopped = error
        break
      }
      await spool.noteRefused(one.number, error.problem)
      refused.push({ ...one, refused: error.problem })
    }
  }
  await spool.prune()
  return { sent, refused, left: all.length - sent.length - refused.length, stopped }
}

/** A server that is busy, broken or behind a proxy says nothing about what was sent. */
function isAboutTheRecord({ status, problem }: Refusal): boolean {
  if (NOT_ITS_FAULT.has(problem.code)) return false
  return status >= 400 && status < 500 && status !== 401 && status !== 429
}

/** Whether nobody who could know answered: not there, or only what stands before it. */
export function isDown(error: unknown): boolean {
  if (error instanceof Unreachable) return true
  return error instanceof Refusal && [502, 503, 504].includes(error.status)
}
