/** Release notes: for the people whom the release reaches. Written with the preview beside them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { post } from '../../api/client.ts'
import type { Notes as Answered } from '../../api/governance.ts'
import { notesQuery } from '../../api/governing.ts'
import { count } from '../../format/text.ts'
import { Answer, Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Markdown } from '../../kit/markdown.tsx'
import { When } from '../../kit/when.tsx'
import { useMe } from '../../shell/me.ts'
import { whyNotRole } from '../../shell/roles.ts'

export function Notes({ release }: { release: string }) {
  const notes = useQuery(notesQuery(release))
  const [editing, setEditing] = useState<{ readonly text: string; readonly seen: number }>()
  return (
    <Card title="Release notes" id="notes" aside="for the people it reaches">
      <Answer query={notes}>
        {(found) =>
          editing === undefined ? (
            <Standing notes={found} onEdit={(text) => setEditing({ text, seen: found.seen })} />
          ) : (
            <Editor notes={found} {...editing} onDone={() => setEditing(undefined)} />
          )
        }
      </Answer>
    </Card>
  )
}

function Standing({
  notes: { notes, draft },
  onEdit,
}: {
  notes: Answered
  onEdit: (text: string) => void
}) {
  const me = useMe()
  const id = useId()
  const why = whyNotRole(me, 'developer')
  const button = (name: string, text: string) => (
    <Button
      disabled={why !== ''}
      aria-describedby={why === '' ? undefined : id}
      className="text-xs"
      onClick={() => onEdit(text)}
    >
      {name}
    </Button>
  )
  return (
    <div className="space-y-3">
      {notes === null ? (
        <Quiet>Nobody wrote any. The changelog below is for developers.</Quiet>
      ) : (
        <>
          <Markdown text={notes.text} />
          <p className="text-quiet text-xs">
            written by {notes.by} <When at={notes.at} />
          </p>
        </>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {notes === null ? button('Write them', draft) : button('Edit', notes.text)}
        {notes === null && draft !== '' && (
          <span className="text-quiet text-xs">begins with what its commits say</span>
        )}
        {why !== '' && (
          <span id={id} className="text-quiet text-xs">
            {why}
          </span>
        )}
      </div>
    </div>
  )
}

function Editor({
  notes: { release, lengthMax, notes },
  text: began,
  seen,
  onDone,
}: {
  notes: Answered
  text: string
  /** The version that was there when writing began: whoever wrote meanwhile is not written over. */
  seen: number
  onDone: () => void
}) {
  const [text, setText] = useState(began)
  const id = useId()
  const client = useQueryClient()
  const saving = useMutation({
    mutationFn: () => post(`/releases/${encodeURIComponent(release)}/notes`, { notes: text }, seen),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['release', release] })
      onDone()
    },
  })
  const isEmpty = text.trim() === ''
  const why =
    text.length > lengthMax
      ? `${count(text.length - lengthMax)} characters too many.`
      : isEmpty && notes === null
        ? 'Nothing is written yet.'
        : ''
  return (
    <form
      aria-label="Release notes"
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (why === '') saving.mutate()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && why === '') saving.mutate()
      }}
    >
      <div className="grid grid-cols-1 gap-4 xl:grid-cols-2">
        <div>
          <label htmlFor={id} className="text-quiet text-xs font-medium">
            Markdown
          </label>
          <textarea
            id={id}
            rows={14}
            autoFocus
            value={text}
            onChange={({ target }) => setText(target.value)}
            className="border-field bg-page mt-1 w-full rounded-md border px-2.5 py-1.5 font-mono text-xs"
          />
          <p className="text-quiet text-right text-xs">
            {count(text.length)} of {count(lengthMax)}
          </p>
        </div>
        <section aria-label="Preview">
          <p className="text-quiet text-xs font-medium">Preview</p>
          <div className="border-line mt-1 min-h-24 rounded-md border px-3 py-2">
            {isEmpty ? <Quiet>What you write is drawn here.</Quiet> : <Markdown text={text} />}
          </div>
        </section>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Button
          type="submit"
          weight="strong"
          disabled={why !== '' || saving.isPending}
          aria-describedby={why === '' ? undefined : `${id}-why`}
        >
          {isEmpty && notes !== null ? 'Take them back' : 'Save'}
        </Button>
        <Button onClick={onDone}>Leave it</Button>
        <span id={`${id}-why`} className="text-quiet text-xs">
          {why === '' ? 'Ctrl Enter saves' : why}
        </span>
      </div>
      {saving.error !== null && <Trouble error={saving.error} />}
    </form>
  )
}
