/**
 * A job's log, followed by byte offset: only what is new is asked for, and only the end is kept on
 * the page. The text is somebody's output: colours are read, everything else is escaped.
 */
import { AnsiUp } from 'ansi_up'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Job } from '../api/types.ts'
import { bytes } from '../format/text.ts'
import { followLog, KEPT_CHARACTERS } from './follow-log.ts'

export function JobLog({ run, job }: { run: string; job: Job }) {
  const [text, setText] = useState('')
  const [isCut, setCut] = useState(false)
  const [isFollowing, setFollowing] = useState(true)
  const box = useRef<HTMLPreElement>(null)
  useEffect(
    () =>
      followLog(`/runs/${run}/jobs/${job.name}/log`, (more, isFromMiddle) => {
        if (isFromMiddle) setCut(true)
        setText((before) => {
          const all = before + more
          if (all.length > KEPT_CHARACTERS) setCut(true)
          return all.slice(-KEPT_CHARACTERS)
        })
      }),
    [run, job.name],
  )
  const html = useMemo(() => toHtml(text), [text])
  useEffect(() => {
    if (isFollowing) box.current?.scrollTo(0, box.current.scrollHeight)
  }, [html, isFollowing])
  return (
    <>
      <div className="text-quiet mb-1 flex items-center justify-between text-xs">
        <span>
          {job.logBytes !== undefined && bytes(job.logBytes)}
          {job.logCut === true && ', cut by its limit'}
          {isCut && ', the end of it'}
        </span>
        <label className="flex min-h-6 items-center gap-1.5">
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={(event) => setFollowing(event.target.checked)}
          />
          follow
        </label>
      </div>
      <pre
        ref={box}
        role="log"
        // Read out line by line, a build would talk for minutes.
        aria-live="off"
        aria-label={`Log of ${job.name}`}
        tabIndex={0}
        className="bg-page border-line log"
        // ansi_up escapes HTML; only its own colour spans come out.
        dangerouslySetInnerHTML={{ __html: html }}
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
