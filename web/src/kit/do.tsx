/** One act that a person may do after being asked: its button, why not, and what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { post } from '../api/client.ts'
import { useMe } from '../shell/me.ts'
import { type Role, whyNotRole } from '../shell/roles.ts'
import { Trouble } from './answer.tsx'
import { Button } from './button.tsx'
import { Confirm } from './confirm.tsx'

export function Do(props: {
  /** On the button; `title` is the question, `action` the answer. */
  name: string
  title: string
  action: string
  weight?: 'strong' | 'danger'
  role: Role
  path: string
  body: (reason: string) => object
  reason: 'none' | 'needed'
  typed?: string
  /** The version that was looked at: whatever came after it refuses the act. */
  seen?: number
  onDone?: (answer: unknown) => void
  children: ReactNode
}) {
  const { name, title, action, weight = 'strong', role, path, body, onDone, children } = props
  const me = useMe()
  const client = useQueryClient()
  const doing = useMutation({
    mutationFn: (reason: string) => post<unknown>(path, body(reason), props.seen),
    onSuccess: (answer) => onDone?.(answer),
    // Whatever it was about, the pages show it sooner than the stream says so.
    onSettled: () => client.invalidateQueries(),
  })
  const why = whyNotRole(me, role)
  return (
    <span title={why}>
      <Confirm
        trigger={
          <Button disabled={why !== '' || doing.isPending} className="text-xs">
            {name}
          </Button>
        }
        title={title}
        action={action}
        weight={weight}
        reason={props.reason}
        typed={props.typed}
        onConfirm={(reason) => doing.mutate(reason)}
      >
        {children}
      </Confirm>
      {doing.error !== null && <Trouble error={doing.error} />}
    </span>
  )
}
