/** Logs as people may read them: what is secret by now is hidden, whenever it was written. */
import { type Forms, formsOf, marginOf, mask } from '../../logs/mask.ts'
import type { KnownSecrets, LogName, LogStore } from '../../ports.ts'

/** What is read of a log at once, its margins aside. */
export const READ_BYTES = 1024 * 1024
/** Looking secrets up reads files; a search that reads a hundred windows does it once. */
const KNOWN_MS = 5_000

export type LogReads = Pick<LogStore, 'read' | 'lineStart' | 'lineAt'>

export function maskedLogs(logs: LogReads, secrets: KnownSecrets, now: () => number): LogReads {
  const formsNow = remembered(secrets, now)
  return {
    lineStart: (log, line) => logs.lineStart(log, line),
    lineAt: (log, offset) => logs.lineAt(log, offset),
    async read(log, offset, bytesMax) {
      const forms = formsNow()
      if (forms.finder === undefined) return logs.read(log, offset, bytesMax)
      const place = await logs.read(log, offset, 0)
      const length = Math.min(bytesMax, READ_BYTES)
      return readMasked(logs, log, { forms, offset: place.offset, length })
    },
  }
}

interface Wanted {
  readonly forms: Forms
  readonly offset: number
  readonly length: number
}

async function readMasked(logs: LogReads, log: LogName, { forms, offset, length }: Wanted) {
  const margin = marginOf(forms)
  const start = Math.max(0, offset - margin)
  const before = offset - start
  const wide = await whole(logs, log, start, before + length + margin)
  const isEnd = start + wide.bytes.length >= wide.size
  const bytes = mask(wide.bytes, forms, isEnd).subarray(before, before + length)
  return { bytes, offset, size: wide.size }
}

/** A store gives what it likes to give at once. */
async function whole(logs: LogReads, log: LogName, from: number, length: number) {
  const parts: Uint8Array[] = []
  let read = 0
  for (;;) {
    const { bytes, size } = await logs.read(log, from + read, length - read)
    parts.push(bytes)
    read += bytes.length
    if (bytes.length === 0 || read >= length) return { bytes: Buffer.concat(parts), size }
  }
}

function remembered(secrets: KnownSecrets, now: () => number): () => Forms {
  let forms: Forms = formsOf([])
  let until = -Infinity
  return () => {
    if (now() < until) return forms
    forms = formsOf(secrets.values())
    until = now() + KNOWN_MS
    return forms
  }
}
