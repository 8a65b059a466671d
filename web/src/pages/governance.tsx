/** What holds, who let what pass, who may do what, what was done: and what of it needs somebody. */
import { Link } from '@tanstack/react-router'
import { useTitle } from '../shell/title.ts'
import { ROOMS } from './governance/rooms.ts'
import { RoomTabs } from './governance/tabs.tsx'
import { useStandings } from './governance/standings.ts'
import { Trouble } from '../kit/answer.tsx'
import { State } from '../kit/state.tsx'

export function GovernancePage() {
  useTitle('Governance')
  const { rooms, trouble } = useStandings()
  return (
    <>
      <h1 className="mb-2">Governance</h1>
      <RoomTabs />
      {trouble !== null && <Trouble error={trouble} />}
      <ul aria-label="Rooms" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {ROOMS.map(({ room, name, about }) => (
          <li key={room} className="border-line bg-card rounded-lg border px-4 py-3">
            <h2>
              <Link to="/governance/$room" params={{ room }} className="text-ink">
                {name}
              </Link>
            </h2>
            <p className="text-quiet text-xs">{about}</p>
            <ul className="mt-2 space-y-0.5">
              {rooms[room].map(({ text, tone }, i) => (
                <li key={`${i} ${text}`}>
                  <State of={room} tone={tone} text={text} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </>
  )
}
