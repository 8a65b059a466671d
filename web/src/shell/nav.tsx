/** Where one can go: nine pages, and under the one that is open those that belong to it. */
import { Link, useLocation } from '@tanstack/react-router'
import { type Page, PAGES, sectionOf } from './pages.ts'

const LOOK = 'text-quiet hover:text-ink rounded-md px-3 font-medium hover:no-underline'

export function Nav() {
  const path = useLocation({ select: ({ pathname }) => pathname })
  const open = sectionOf(path)
  return (
    <nav aria-label="Pages" className="frame-nav">
      {PAGES.filter(({ under }) => under === undefined || under === open).map((page) => (
        <To key={page.to} page={page} isOpen={page.to === open} />
      ))}
    </nav>
  )
}

function To({ page: { to, name, key, under }, isOpen }: { page: Page; isOpen: boolean }) {
  const how = under === undefined ? 'py-1.5' : 'py-1 text-xs lg:ml-3'
  return (
    <Link
      to={to}
      title={`g ${key}`}
      activeOptions={{ exact: to === '/' }}
      className={`${LOOK} ${how} ${isOpen ? 'text-ink!' : ''}`}
      activeProps={{ className: 'bg-page text-ink!' }}
    >
      {name}
    </Link>
  )
}
