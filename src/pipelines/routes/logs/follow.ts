/**
 * One viewer of a log as server-sent events: `log` frames whose id is the byte offset behind them,
 * so that a browser that was away resumes where it was, and `end` when nothing will follow. A
 * viewer that does not read is not written to.
 */
import type { ServerResponse } from 'node:http'
import { textOf, wholeLetters } from '../../logs/lines.ts'
import type { Tail } from './tails.ts'

/** Programs print in many small writes; a viewer is told ten times a second. */
const FRAME_MS = 100
const BEAT_MS = 15_000

export interface Follow {
  readonly tail: Tail
  readonly out: ServerResponse
  readonly from: number
  /** Without the text, only that there is more: for those who show a part of it. */
  readonly isTextWanted: boolean
}

export async function follow({ tail, out, from, isTextWanted }: Follow): Promise<void> {
  const gone = new Promise<'gone'>((resolve) => out.once('close', () => resolve('gone')))
  const beat = setInterval(() => out.write(': beat\n\n'), BEAT_MS)
  const isGone = () => out.destroyed || out.writableEnded
  let at = from
  try {
    while (!isGone()) {
      const isDone = await tail.isDone()
      const { bytes, size } = await tail.read(at)
      const used = isDone && at + bytes.length >= size ? bytes.length : wholeLetters(bytes)
      if (used > 0) {
        const text = bytes.subarray(0, used)
        at = isTextWanted ? at + used : size
        const said = isTextWanted ? { offset: at - used, text: textOf(text), size } : { size }
        if (!out.write(frame(at, said))) await Promise.race([drained(out), gone])
        // What comes in the meantime goes into the next frame.
        if (at >= size) await Promise.race([pause(), gone])
      } else if (isDone) {
        out.end(`id: ${at}\nevent: end\ndata: {"size":${size}}\n\n`)
      } else await Promise.race([tail.grown(), gone])
    }
  } finally {
    clearInterval(beat)
  }
}

const frame = (at: number, data: object) =>
  `id: ${at}\nevent: log\ndata: ${JSON.stringify(data)}\n\n`

const drained = (out: ServerResponse) =>
  new Promise<void>((resolve) => out.once('drain', () => resolve()))

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, FRAME_MS))
