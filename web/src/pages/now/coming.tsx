/** What the calendar says of the next days: what is closed now, and what opens or closes next. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { freezesQuery, standingsQuery } from '../../api/queries.ts'
import { closureInWords } from '../../format/standing.ts'
import { instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'
import { When } from '../../kit/when.tsx'
import { useNow } from '../../shell/now.ts'

/** Of each: who wants all of them opens the calendar. */
const SHOWN = 5

export function Coming() {
  const standings = useQuery(standingsQuery())
  return (
    <Card title="Windows and freezes" aside={<Link to="/calendar">Calendar</Link>}>
      <Answer query={standings}>
        {(all) => {
          const closed = all.filter(({ closures }) => closures.length > 0)
          const changing = all
            .flatMap(({ environment, nextChangeAt: at, open }) =>
              at === null ? [] : [{ environment, at, isOpen: open > 0 }],
            )
            .toSorted((a, b) => a.at - b.at)
          return (
            <>
              <ul aria-label="Closed now" className="space-y-1 empty:hidden">
                {closed.slice(0, SHOWN).map(({ environment, closures }) => (
                  <li key={environment}>
                    <Says
                      tone="open"
                      text={`${environment}: ${closures.map(closureInWords).join(' ')}`}
                    />
                  </li>
                ))}
              </ul>
              <ul aria-label="Next" className="mt-1 space-y-1 empty:hidden">
                {changing.slice(0, SHOWN).map(({ environment, at, isOpen }) => (
                  <li key={environment} title={instant(at)}>
                    {environment} {isOpen ? 'closes' : 'opens'} for some{' '}
                    <span className="text-quiet">
                      <When at={at} />
                    </span>
                  </li>
                ))}
              </ul>
              <Freezes />
              {closed.length + changing.length === 0 && (
                <Quiet>
                  {all.length === 0
                    ? 'No environment is declared yet.'
                    : 'Everything is open, and nothing is about to change.'}
                </Quiet>
              )}
            </>
          )
        }}
      </Answer>
    </Card>
  )
}

/** Those that are to come: what holds is said above. */
function Freezes() {
  const now = useNow()
  const { data = [] } = useQuery(freezesQuery())
  const coming = data.filter(({ startsAt }) => startsAt > now)
  if (coming.length === 0) return null
  return (
    <ul aria-label="Freezes to come" className="mt-1 space-y-1">
      {coming.slice(0, SHOWN).map(({ freeze, environments, reason, startsAt }) => (
        <li key={freeze}>
          <Says
            tone="plain"
            text={`${freeze} freezes ${environments.includes('*') ? 'everything' : environments.join(', ')}: ${reason}`}
          />
          <span className="text-quiet pl-[1.375rem] text-xs" title={instant(startsAt)}>
            begins <When at={startsAt} />
          </span>
        </li>
      ))}
    </ul>
  )
}
