/** Looking for something in a log: the field, which match is looked at, and the way to the others. */
import { type FormEvent, useId, useState } from 'react'
import { Button } from '../../kit/button.tsx'
import type { Sought } from '../../api/logs.ts'
import type { Search } from './use-log.ts'

interface Props {
  readonly search: Search
  readonly onLook: (sought: Sought) => void
  readonly onFind: (by: 1 | -1) => Promise<void>
}

export function SearchBar({ search, onLook, onFind }: Props) {
  const [q, setQ] = useState('')
  const [isRegex, setRegex] = useState(false)
  const [isCaseSensitive, setCase] = useState(false)
  const problem = useId()
  const isNew =
    q !== search.sought.q ||
    isRegex !== search.sought.isRegex ||
    isCaseSensitive !== search.sought.isCaseSensitive
  const go = (by: 1 | -1) => {
    if (isNew) onLook({ q, isRegex, isCaseSensitive })
    void onFind(by)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    go(1)
  }
  return (
    <form role="search" aria-label="In this log" onSubmit={submit} className="log-search">
      <input
        type="search"
        aria-label="Search in this log"
        aria-describedby={search.problem === undefined ? undefined : problem}
        placeholder="Search in this log"
        value={q}
        maxLength={200}
        onChange={({ target }) => setQ(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !event.shiftKey) return
          event.preventDefault()
          go(-1)
        }}
        className="border-field bg-card text-ink min-h-8 w-52 rounded-md border px-2 text-sm"
      />
      <Toggle label="Capitals matter" text="Aa" isOn={isCaseSensitive} onChange={setCase} />
      <Toggle label="Regular expression" text=".*" isOn={isRegex} onChange={setRegex} />
      <Button type="submit" disabled={q === ''} aria-label="Next match">
        ↓
      </Button>
      <Button disabled={q === ''} onClick={() => go(-1)} aria-label="Match before">
        ↑
      </Button>
      <span role="status" className="text-quiet text-xs" id={problem}>
        {!isNew && said(search)}
      </span>
    </form>
  )
}

function said({ problem, isBusy, found, at, isWhole, sought }: Search): string {
  if (problem !== undefined) return problem
  if (isBusy) return 'Searching …'
  if (sought.q === '' || (found.length === 0 && !isWhole)) return ''
  if (found.length === 0) return 'No line matches'
  return `${at + 1} of ${found.length}${isWhole ? '' : ' and more'}`
}

interface ToggleProps {
  readonly label: string
  readonly text: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

function Toggle({ label, text, isOn, onChange }: ToggleProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={label}
      title={label}
      onClick={() => onChange(!isOn)}
      className={`log-toggle ${isOn ? 'log-toggle-on' : ''}`}
    >
      {text}
    </button>
  )
}
