/** What stands around every page: where one can go, whether it is live, and who one is. */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { ApiError } from '../api/client.ts'
import { environmentsQuery, freezesQuery, meQuery, servicesQuery } from '../api/queries.ts'
import { inOrder } from '../format/environments.ts'
import { ago, instant } from '../format/text.ts'
import { isFrozen, isPartial } from './frozen.ts'
import { useLive } from './live-context.tsx'
import { useNow } from './now.ts'

export function Frame() {
  const me = useQuery(meQuery())
  if (me.error instanceof ApiError && me.error.problem.status === 401) return <SignIn />
  return (
    <>
      <a href="#main" className="bg-card sr-only p-2 focus:not-sr-only focus:absolute">
        Skip to the page
      </a>
      <header className="border-line bg-card border-b">
        <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-6 gap-y-2 px-5 py-2.5">
          <Link to="/" className="text-ink flex items-center gap-2 font-semibold">
            <Mark />
            Signalbox
          </Link>
          <nav aria-label="Pages" className="flex gap-1">
            <Tab to="/">Now</Tab>
            <Tab to="/services">Services</Tab>
          </nav>
          <Environments />
          <div className="text-quiet ml-auto flex items-center gap-4 text-xs">
            <Connection />
            {me.data !== undefined && <span>{me.data.id}</span>}
          </div>
        </div>
      </header>
      <main id="main" className="mx-auto max-w-7xl px-5 py-6">
        <Outlet />
      </main>
    </>
  )
}

function Tab({ to, children }: { to: '/' | '/services'; children: string }) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === '/' }}
      className="text-quiet hover:text-ink rounded-md px-3 py-1.5 font-medium hover:no-underline"
      activeProps={{ className: 'bg-page text-ink!' }}
    >
      {children}
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

function Connection() {
  const { connected, heardAt } = useLive()
  const now = useNow()
  return (
    <span title={`last heard at ${instant(heardAt)}`}>
      <span className={connected ? 'text-good' : 'text-open'}>
        <span aria-hidden="true">{connected ? '●' : '○'}</span>{' '}
        {connected ? 'live' : 'reconnecting'}
      </span>
      {' · '}
      {ago(Math.min(heardAt, now), now)}
    </span>
  )
}

function Environments() {
  const environments = useQuery(environmentsQuery())
  const services = useQuery(servicesQuery())
  const freezes = useQuery(freezesQuery())
  const now = useNow()
  return (
    <ul aria-label="Environments" className="flex flex-wrap gap-1.5">
      {inOrder(environments.data ?? [], services.data ?? []).map((name) => {
        const freeze = freezes.data?.find((each) => isFrozen(each, name, now))
        return (
          <li key={name} className="border-line rounded-full border px-2.5 py-0.5 text-xs">
            {name}
            {freeze !== undefined && (
              <span
                className="text-open"
                title={`${freeze.reason}, until ${instant(freeze.endsAt)}`}
              >
                {' '}
                <span aria-hidden="true">❄</span> {isPartial(freeze) && 'partly '}frozen
              </span>
            )}
          </li>
        )
      })}
    </ul>
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
