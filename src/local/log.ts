/**
 * The log of a job of a run on this machine. Nobody far away has to be patient with: what is said
 * is heard soon after, and no file lies in between.
 */
import { LOG_CHUNK_BYTES_MAX } from '../pipelines/protocol.ts'
import { FLUSH_MS, type JobLog, type LogTarget, writeLog } from '../runner/job-log.ts'

export function openHeardLog(target: LogTarget): JobLog {
  let waiting: Uint8Array[] = []
  let size = 0
  let sent = 0
  let isWhole = true
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> = Promise.resolve()
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (size === 0) return
    const bytes = Buffer.concat(waiting)
    const offset = sent
    sent += size
    waiting = []
    size = 0
    sending = target.send(offset, bytes).then(
      () => {},
      () => void (isWhole = false),
    )
  }
  const sink = {
    append(bytes: Uint8Array) {
      // A copy: a chunk is the reader's, who reads the next into it.
      waiting.push(Buffer.from(bytes))
      size += bytes.length
      if (size >= LOG_CHUNK_BYTES_MAX) flush()
      else timer ??= setTimeout(flush, FLUSH_MS)
    },
    async finish() {
      flush()
      await sending
      return isWhole
    },
    close() {
      clearTimeout(timer)
    },
  }
  return writeLog(sink, { ...target, size: 0, isFullLine: true })
}
