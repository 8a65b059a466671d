/** A command of the palette, before it is done: what comes of it, why not, and a yes. */
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { Trouble } from '../kit/answer.tsx'
import { Button } from '../kit/button.tsx'
import { useRefusal } from '../kit/refusal.ts'
import type { Command } from './commands.ts'
import { useMe } from './me.ts'
import { whyNotRole } from './roles.ts'

const FIELD = 'border-field bg-page mt-1 block w-full rounded-md border px-2.5 py-1.5'

export function PaletteAsk(props: {
  command: Command
  onBack: () => void
  onDone: (href: string) => void
}) {
  const { command, onBack, onDone } = props
  const me = useMe()
  const id = useId()
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const known = whyNotRole(me, command.role)
  const refused = useRefusal(command.path, known === '' ? command.body('') : undefined)
  const why = known || refused
  const doing = useMutation({
    mutationFn: () => command.run(reason.trim()),
    onSuccess: () => onDone(command.href),
  })
  const isMissing =
    (command.reason === 'needed' && reason.trim() === '') ||
    (command.typed !== undefined && typed !== command.typed)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (why === '' && !isMissing && !doing.isPending) doing.mutate()
  }
  return (
    <form onSubmit={onSubmit} className="p-5" aria-label={command.title}>
      <h2 className="text-base">{command.title}?</h2>
      <p className="mt-1">{command.detail}.</p>
      {command.reason === 'needed' && (
        <label className="text-quiet mt-3 block text-xs font-medium">
          Reason, for the record
          <input
            autoFocus
            value={reason}
            maxLength={2_000}
            onChange={({ target }) => setReason(target.value)}
            className={`${FIELD} text-ink text-sm`}
          />
        </label>
      )}
      {command.typed !== undefined && (
        <label className="text-quiet mt-3 block text-xs font-medium">
          Type <span className="text-ink font-mono">{command.typed}</span> to go on
          <input
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => setTyped(target.value)}
            className={`${FIELD} text-ink font-mono text-sm`}
          />
        </label>
      )}
      {doing.error !== null && (
        <div className="mt-3">
          <Trouble error={doing.error} />
        </div>
      )}
      <div className="mt-4 flex flex-wrap items-center justify-end gap-2">
        {why !== '' && (
          <p id={id} className="text-quiet mr-auto text-xs">
            {why}
          </p>
        )}
        <Button onClick={onBack}>Leave it</Button>
        <Button
          type="submit"
          autoFocus={command.reason === 'none'}
          weight={command.weight}
          disabled={why !== '' || isMissing || doing.isPending}
          aria-describedby={why === '' ? undefined : id}
        >
          Do it
        </Button>
      </div>
    </form>
  )
}
