/** One act that a person may do after being asked: its button, why not, and what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useId } from 'react'
import { post } from '../api/client.ts'
import { useMe } from '../shell/me.ts'
import { type Role, whyNotRole } from '../shell/roles.ts'
import { Trouble } from './answer.tsx'
import { Button } from './button.tsx'
import { Confirm } from './confirm.tsx'
import { useRefusal } from './refusal.ts'

export function Do(props: {
  /** On the button; `title` is the question, `action` the answer. */
  name: string
  title: string
  action: string
  weight?: 'strong' | 'danger'
  /** The button looks as what it does; else as the others beside it. */
  isLoud?: boolean
  role: Role
  /** What else keeps it, where the page knows; empty: nothing does. */
  whyNot?: string
  /** Asked of the server beforehand: what refuses this body now disables the button, and says why. */
  rehearse?: object
  path: string
  body: (reason: string) => object
  reason: 'none' | 'optional' | 'needed'
  typed?: string
  /** What the reason is called, and how long it is at least. */
  about?: { readonly label: string; readonly least: number }
  /** What was filled in does not do yet. */
  isIncomplete?: boolean
  /** The version that was looked at: whatever came after it refuses the act. */
  seen?: number
  onDone?: (answer: unknown) => void
  children: ReactNode
}) {
  const { name, title, action, weight = 'strong', role, path, body, onDone, children } = props
  const me = useMe()
  const id = useId()
  const client = useQueryClient()
  const doing = useMutation({
    mutationFn: (reason: string) => post<unknown>(path, body(reason), props.seen),
    onSuccess: (answer) => onDone?.(answer),
    // Whatever it was about, the pages show it sooner than the stream says so.
    onSettled: () => client.invalidateQueries(),
  })
  const known = whyNotRole(me, role) || (props.whyNot ?? '')
  const refused = useRefusal(path, known === '' ? props.rehearse : undefined)
  const why = known || refused
  return (
    <span className="inline-flex flex-col items-start gap-1">
      <Confirm
        trigger={
          <Button
            weight={props.isLoud === true ? weight : 'plain'}
            disabled={why !== '' || doing.isPending}
            aria-describedby={why === '' ? undefined : id}
            className="text-xs"
          >
            {name}
          </Button>
        }
        title={title}
        action={action}
        weight={weight}
        reason={props.reason}
        about={props.about}
        typed={props.typed}
        isIncomplete={props.isIncomplete}
        onConfirm={(reason) => doing.mutate(reason)}
      >
        {children}
      </Confirm>
      {why !== '' && (
        <span id={id} className="text-quiet max-w-64 text-xs">
          {why}
        </span>
      )}
      {doing.error !== null && <Trouble error={doing.error} />}
    </span>
  )
}
