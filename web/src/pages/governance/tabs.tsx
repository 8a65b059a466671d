/** The rooms beside each other, and which of them this is. */
import { Link } from '@tanstack/react-router'
import { ROOMS } from './rooms.ts'

const TAB =
  'text-quiet hover:text-ink inline-block border-b-2 border-transparent px-2.5 py-1.5 ' +
  'whitespace-nowrap no-underline hover:no-underline aria-[current=page]:border-accent ' +
  'aria-[current=page]:text-ink'

export function RoomTabs() {
  return (
    <nav aria-label="Governance" className="border-line mb-4 border-b">
      <ul className="-mb-px flex flex-wrap">
        <li>
          <Link to="/governance" className={TAB} activeOptions={{ exact: true }}>
            Overview
          </Link>
        </li>
        {ROOMS.map(({ room, name }) => (
          <li key={room}>
            <Link to="/governance/$room" params={{ room }} className={TAB}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
