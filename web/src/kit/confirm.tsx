/** Asks before something that matters, says what it will touch, and takes the reason for it. */
import { AlertDialog } from 'radix-ui'
import { type ReactNode, useId, useState } from 'react'
import { Button } from './button.tsx'

/** What the server takes. */
const REASON_MAX = 2_000

export function Confirm({
  trigger,
  title,
  children,
  action,
  weight = 'danger',
  reason: wanted = 'optional',
  onConfirm,
}: {
  trigger: ReactNode
  title: string
  children: ReactNode
  action: string
  weight?: 'strong' | 'danger'
  /** Whether the reason is asked for, and may be left empty. */
  reason?: 'none' | 'optional' | 'needed'
  onConfirm: (reason: string) => void
}) {
  const [reason, setReason] = useState('')
  const id = useId()
  const isMissing = wanted === 'needed' && reason.trim() === ''
  return (
    <AlertDialog.Root onOpenChange={() => setReason('')}>
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-20 bg-black/50" />
        <AlertDialog.Content className="dialog border-line bg-card z-20 rounded-xl border p-5">
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 space-y-2">{children}</div>
          </AlertDialog.Description>
          {wanted !== 'none' && (
            <>
              <label htmlFor={id} className="text-quiet mt-4 block text-xs font-medium">
                Reason, for the record{wanted === 'needed' ? '' : ' (may be empty)'}
              </label>
              <textarea
                id={id}
                rows={2}
                maxLength={REASON_MAX}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
                className="border-field bg-page mt-1 w-full rounded-md border px-2.5 py-1.5"
              />
            </>
          )}
          <div className="mt-4 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Leave it</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button weight={weight} disabled={isMissing} onClick={() => onConfirm(reason.trim())}>
                {action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
