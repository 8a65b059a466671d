/** The keys, and the switch for those that are single letters. */
import { Dialog } from 'radix-ui'
import { Button } from '../kit/button.tsx'
import { keep, useKept } from './kept.ts'
import { KEYS } from './keys.ts'
import { PAGES } from './pages.ts'

export function Help({ onClose }: { onClose: () => void }) {
  const isOff = useKept('keys') === 'off'
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-20 bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          className="dialog border-line bg-card z-20 rounded-xl border p-5"
        >
          <Dialog.Title className="mb-3 text-base font-semibold">Keys</Dialog.Title>
          <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
            {KEYS.map(([keys, does]) => (
              <Row key={does + keys.join('')} keys={keys} does={does} />
            ))}
            {PAGES.map(({ name, key }) => (
              <Row key={key} keys={['g', key]} does={`Go to ${name}`} />
            ))}
          </dl>
          <div className="mt-4 flex flex-wrap items-center justify-between gap-3">
            <label className="flex min-h-6 items-center gap-2 text-xs">
              <input
                type="checkbox"
                checked={!isOff}
                onChange={({ target }) => keep('keys', target.checked ? 'on' : 'off')}
              />
              Obey single keys
            </label>
            <Dialog.Close asChild>
              <Button>Close</Button>
            </Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Row({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </>
  )
}
