/** Reads a log from near its end, and goes on until it is done. */
import { ApiError, type LogPage, logPage } from '../api/client.ts'

const LOOK_MS = 700
/** A server that does not answer is not asked more often than this. */
const AGAIN_MS = 5_000
/** More than anybody scrolls through; the whole is one command away. */
export const KEPT_CHARACTERS = 400_000

/** Calls with what came, and whether something before the first of it was left out. */
export function followLog(
  path: string,
  onText: (text: string, isFromMiddle: boolean) => void,
  page: (path: string, offset: number) => Promise<LogPage> = logPage,
): () => void {
  const decoder = new TextDecoder()
  let isStopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const lookAgain = (offset: number, afterMs: number) => {
    timer = setTimeout(() => void look(offset), afterMs)
  }
  // Negative offsets count from the end.
  const look = async (offset: number): Promise<void> => {
    const read = await page(path, offset).catch((error: unknown) => error)
    if (isStopped) return
    if (read instanceof ApiError) {
      if (read.problem.status !== 404) lookAgain(offset, AGAIN_MS)
      return
    }
    const { bytes, offset: from, done } = read as LogPage
    if (bytes.length > 0) onText(decoder.decode(bytes, { stream: true }), offset < 0 && from > 0)
    if (done && bytes.length === 0) return
    lookAgain(from + bytes.length, bytes.length > 0 ? 0 : LOOK_MS)
  }
  void look(-KEPT_CHARACTERS)
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
