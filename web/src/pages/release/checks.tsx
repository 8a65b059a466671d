/** What the policy asks of it before an environment, and how each check stands. */
import { useQuery } from '@tanstack/react-query'
import { explainQuery } from '../../api/queries.ts'
import { checkCell } from '../../format/go-no-go.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { COLOUR } from '../../kit/state.tsx'

export function Checks(at: { service: string; environment: string; release: string }) {
  const answer = useQuery(explainQuery(at.service, at.environment, at.release))
  return (
    <Card title={`Checks before ${at.environment}`}>
      <Answer query={answer}>
        {(row) =>
          row.checks.length === 0 ? (
            <Quiet>The policy asks for none here.</Quiet>
          ) : (
            <ul className="space-y-1">
              {row.checks.map(({ name }) => {
                const { glyph, tone, word, says } = checkCell(row, name)
                return (
                  <li key={name} className="grid grid-cols-[1rem_1fr] gap-x-1.5">
                    <span aria-hidden="true" className={COLOUR[tone]}>
                      {glyph}
                    </span>
                    <span>
                      <span className="font-medium">{name}</span>{' '}
                      <span className={`${COLOUR[tone]} text-xs`}>{word}</span>
                      <span className="text-quiet block text-xs">{says}</span>
                    </span>
                  </li>
                )
              })}
            </ul>
          )
        }
      </Answer>
    </Card>
  )
}
