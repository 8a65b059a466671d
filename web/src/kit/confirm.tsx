/** Asks before something that matters, says what it will touch, and takes the reason for it. */
import { AlertDialog } from 'radix-ui'
import { type ReactNode, useId, useState } from 'react'
import { Button } from './button.tsx'

/** What the server takes. */
const REASON_MAX = 2_000
const REASON = { label: 'Reason, for the record', least: 1 }
const atLeast = (least: number) => (least > 1 ? `, ${least} characters at least` : '')

export function Confirm({
  trigger,
  title,
  children,
  action,
  weight = 'danger',
  reason: wanted = 'optional',
  about: { label, least } = REASON,
  typed: name,
  isIncomplete = false,
  onConfirm,
}: {
  trigger: ReactNode
  title: string
  children: ReactNode
  action: string
  weight?: 'strong' | 'danger'
  /** Whether the reason is asked for, and may be left empty. */
  reason?: 'none' | 'optional' | 'needed'
  /** What the reason is called, and how long it is at least. */
  about?: { readonly label: string; readonly least: number } | undefined
  /** What has to be written out first, where a slip of the hand would reach far. */
  typed?: string | undefined
  /** What its own fields hold does not do yet. */
  isIncomplete?: boolean | undefined
  onConfirm: (reason: string) => void
}) {
  const [reason, setReason] = useState('')
  const id = useId()
  const [typed, setTyped] = useState('')
  const isMissing =
    isIncomplete ||
    (wanted === 'needed' && reason.trim().length < least) ||
    (name !== undefined && typed !== name)
  const empty = () => {
    setReason('')
    setTyped('')
  }
  return (
    <AlertDialog.Root onOpenChange={empty}>
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
                {label}
                {wanted === 'needed' ? atLeast(least) : ' (may be empty)'}
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
          {name !== undefined && <Typed name={name} value={typed} onChange={setTyped} />}
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

function Typed(props: { name: string; value: string; onChange: (value: string) => void }) {
  const { name, value, onChange } = props
  return (
    <label className="text-quiet mt-3 block text-xs font-medium">
      Type <span className="text-ink font-mono">{name}</span> to go on
      <input
        value={value}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => onChange(target.value)}
        className="border-field bg-page text-ink mt-1 block w-full rounded-md border px-2.5 py-1.5 font-mono text-sm"
      />
    </label>
  )
}
