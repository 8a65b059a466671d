/**
 * A job's log, followed by byte offset: only what is new is asked for, and only the end is kept on
 * the page. The text is somebody's output: colours are read, everything else is escaped.
 */
import { AnsiUp } from 'ansi_up'
import { useEffect, useRef, useState } from 'react'
import { logPage } from '../api/client.ts'
import type { Job } from '../api/types.ts'
import { bytes } from '../format/text.ts'

const LOOK_MS = 700
/** More than anybody scrolls through; the whole is one command away. */
const KEPT_CHARACTERS = 400_000

export function JobLog({ run, job }: { run: string; job: Job }) {
  const [text, setText] = useState('')
  const [cut, setCut] = useState(false)
  const [following, setFollowing] = useState(true)
  const box = useRef<HTMLPreElement>(null)
  useEffect(
    () =>
      followLog(`/runs/${run}/jobs/${job.name}/log`, (more) =>
        setText((before) => {
          const all = before + more
          if (all.length > KEPT_CHARACTERS) setCut(true)
          return all.slice(-KEPT_CHARACTERS)
        }),
      ),
    [run, job.name],
  )
  useEffect(() => {
    if (following) box.current?.scrollTo(0, box.current.scrollHeight)
  }, [text, following])
  return (
    <>
      <div className="text-quiet mb-1 flex justify-between text-xs">
        <span>
          {job.logBytes !== undefined && bytes(job.logBytes)}
          {(job.logCut === true || cut) && ' (only a part is shown)'}
        </span>
        <label>
          <input
            type="checkbox"
            checked={following}
            onChange={(event) => setFollowing(event.target.checked)}
          />{' '}
          follow
        </label>
      </div>
      <pre
        ref={box}
        role="log"
        aria-label={`Log of ${job.name}`}
        tabIndex={0}
        className="bg-page border-line max-h-96 min-h-16 overflow-auto rounded-md border p-3 font-mono text-xs leading-5"
        // ansi_up escapes HTML; only its own colour spans come out.
        dangerouslySetInnerHTML={{ __html: toHtml(text) }}
      />
    </>
  )
}

function toHtml(text: string): string {
  if (text === '') return '<i>No output yet.</i>'
  const reader = new AnsiUp()
  // Classes, so that colours are readable on either ground; see styles.css.
  reader.use_classes = true
  return reader.ansi_to_html(text)
}

/** Asks until the log is done; the way to stop is returned. */
function followLog(path: string, onText: (text: string) => void): () => void {
  const decoder = new TextDecoder()
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async (offset: number): Promise<void> => {
    const page = await logPage(path, offset).catch(() => undefined)
    if (stopped) return
    const size = page?.bytes.length ?? 0
    if (page !== undefined && size > 0) onText(decoder.decode(page.bytes, { stream: true }))
    if (page?.done === true && size === 0) return
    timer = setTimeout(() => void look(offset + size), size > 0 ? 0 : LOOK_MS)
  }
  void look(0)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
