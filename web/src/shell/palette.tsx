/** Where to go, by whatever one has in hand: a name, a version, a hash, an id. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Dialog } from 'radix-ui'
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import { openDeploymentsQuery, searchQuery, servicesQuery, slotsQuery } from '../api/queries.ts'
import { choices, type Choice, nextChoice } from './choices.ts'
import { type Command, commandsFor, type World } from './commands.ts'
import { PaletteAsk } from './palette-ask.tsx'

export function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-20 bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          className="dialog border-line bg-card z-20 overflow-hidden rounded-xl border"
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          <Inside onClose={onClose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Inside({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [command, setCommand] = useState<Command>()
  const go = (href: string) => {
    onClose()
    void navigate({ href })
  }
  if (command === undefined) return <Search {...{ text, setText }} onGo={go} onAsk={setCommand} />
  return <PaletteAsk command={command} onBack={() => setCommand(undefined)} onDone={go} />
}

/** Asked while the palette is open, and only then. */
function useWorld(): World {
  const services = useQuery(servicesQuery())
  const slots = useQuery(slotsQuery())
  const deployments = useQuery(openDeploymentsQuery())
  return {
    services: services.data ?? [],
    slots: slots.data ?? [],
    deployments: deployments.data ?? [],
  }
}

function Search(props: {
  text: string
  setText: (text: string) => void
  onGo: (href: string) => void
  onAsk: (command: Command) => void
}) {
  const { text, setText, onGo, onAsk } = props
  const world = useWorld()
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const wanted = useDeferredValue(text.trim())
  const answer = useQuery({
    ...searchQuery(wanted),
    enabled: wanted !== '',
    placeholderData: keepPreviousData,
  })
  const all: readonly (Choice | Command)[] = [
    ...commandsFor(wanted, world),
    ...choices(wanted, wanted === '' ? [] : (answer.data ?? [])),
  ]
  const go = (choice: Choice | Command | undefined) => {
    if (choice === undefined) return
    if ('run' in choice) onAsk(choice)
    else onGo(choice.href)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextChoice(event.key, chosen, all.length)
    if (next === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (next === undefined) go(all[chosen])
    else setChosen(next)
  }
  return (
    <>
      <input
        autoFocus
        role="combobox"
        aria-label="Service, version, commit, ticket, digest, id or command"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={all[chosen] && `${id}-${chosen}`}
        placeholder="Service, version, commit, ticket, digest … or roll back, promote, run"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
        className="border-line bg-card w-full border-b px-4 py-3 text-base outline-none"
      />
      <ul role="listbox" id={id} aria-label="Found" className="max-h-[50vh] overflow-auto p-1.5">
        {all.map((choice, i) => (
          <Option
            key={`${choice.kind} ${choice.title} ${choice.href}`}
            id={`${id}-${i}`}
            choice={choice}
            isChosen={i === chosen}
            onPoint={() => setChosen(i)}
            onGo={() => go(choice)}
          />
        ))}
      </ul>
      <p role="status" className="text-quiet border-line border-t px-4 py-2 text-xs">
        {answer.error === null
          ? saysOf(wanted, all.length, answer.isFetching)
          : `The server does not answer this: ${answer.error.message}`}
      </p>
    </>
  )
}

function saysOf(wanted: string, count: number, isAsking: boolean): string {
  if (wanted === '') return 'Type what you have; ↑ ↓ choose, Enter goes there, Esc closes.'
  if (isAsking) return 'Asking …'
  if (count === 0) return `Nothing here is called “${wanted}”. Hashes need seven digits.`
  return `${count} found; Enter goes there.`
}

function Option({
  id,
  choice: { kind, title, detail },
  isChosen,
  onPoint,
  onGo,
}: {
  id: string
  choice: Choice | Command
  isChosen: boolean
  onPoint: () => void
  onGo: () => void
}) {
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    <li
      ref={row}
      id={id}
      role="option"
      aria-selected={isChosen}
      onPointerMove={onPoint}
      onClick={onGo}
      // The keys are the field's: it keeps the focus while the arrows choose.
      onKeyDown={undefined}
      className="aria-selected:bg-page flex cursor-pointer items-baseline gap-3 rounded-md px-2.5 py-1.5"
    >
      <span className="text-quiet w-20 shrink-0 text-xs">{kind}</span>
      <span className="min-w-0">
        <span className="font-medium">{title}</span>
        <span className="text-quiet ml-2 text-xs">{detail}</span>
      </span>
    </li>
  )
}
