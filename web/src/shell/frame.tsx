/** What stands around every page: where one can go, whether it is live, and who one is. */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { Keyboard as KeyboardIcon, Search } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import { meQuery, openPromotionsQuery } from '../api/queries.ts'
import { waitForMe } from '../pages/approvals/approving.ts'
import { Connection, Stale } from './connection.tsx'
import { Emergencies } from './emergencies.tsx'
import { Environments } from './environments.tsx'
import { Keyboard, type Opened } from './keyboard.tsx'
import { useMe } from './me.ts'
import { Nav } from './nav.tsx'
import { ThemeButton } from './theme.tsx'

export function Frame() {
  const me = useQuery(meQuery())
  const [opened, setOpened] = useState<Opened>()
  if (me.error instanceof ApiError && me.error.problem.status === 401) return <SignIn />
  return (
    <div className="frame">
      <a href="#main" className="bg-card sr-only z-20 p-2 focus:not-sr-only focus:absolute">
        Skip to the page
      </a>
      <div className="frame-side border-line bg-card">
        <Link to="/" className="text-ink flex items-center gap-2 px-3 py-1 font-semibold">
          <Mark />
          Signalbox
        </Link>
        <Nav />
      </div>
      <header className="border-line bg-card border-b">
        <div className="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-2">
          <Environments />
          <div className="text-quiet ml-auto flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
            <MyApprovals />
            <Connection />
            <Tools onOpen={setOpened} />
          </div>
        </div>
        <Stale />
        <Emergencies />
      </header>
      <main id="main" className="min-w-0 px-5 py-6">
        <div className="mx-auto max-w-7xl">
          <Outlet />
        </div>
      </main>
      <Keyboard opened={opened} onOpen={setOpened} />
    </div>
  )
}

function Tools({ onOpen }: { onOpen: (what: Opened) => void }) {
  const me = useMe()
  return (
    <div className="flex items-center gap-1">
      <button
        type="button"
        onClick={() => onOpen('search')}
        className="border-field hover:text-ink flex min-h-7 items-center gap-2 rounded-md border px-2"
      >
        <Search size={14} aria-hidden="true" /> Search <kbd>⌘K</kbd>
      </button>
      <ThemeButton />
      <button
        type="button"
        aria-label="Keys"
        title="Keys: ?"
        onClick={() => onOpen('help')}
        className="icon-button"
      >
        <KeyboardIcon size={16} aria-hidden="true" />
      </button>
      {me !== undefined && <span className="ml-2">{me.id}</span>}
    </div>
  )
}

/** Promotions that this person could let go on; where none is, nothing asks for attention. */
function MyApprovals() {
  const me = useMe()
  const { data } = useQuery(openPromotionsQuery())
  const count = me === undefined ? 0 : waitForMe(data ?? [], me).length
  if (count === 0) return null
  return (
    <Link to="/" hash="waiting" className="text-open font-medium">
      <span aria-hidden="true">◐</span> {count} {count === 1 ? 'waits' : 'wait'} for your approval
    </Link>
  )
}

function Mark() {
  return (
    <svg aria-hidden="true" width="20" height="20" viewBox="0 0 16 16">
      <rect width="16" height="16" rx="3" fill="var(--accent)" />
      <path d="M4 11V5h2v6zm3 0V3h2v8zm3 0V7h2v4z" fill="var(--page)" />
    </svg>
  )
}

function SignIn() {
  return (
    <main className="mx-auto max-w-lg px-5 py-24">
      <h1 className="mb-3">Sign in</h1>
      <p className="mb-2">
        The server printed a sign-in link when it started. It works once, for a quarter of an hour;
        restart the server for a new one.
      </p>
      <p className="text-quiet">
        On the command line the same server knows you by SIGNALBOX_TOKEN.
      </p>
    </main>
  )
}
