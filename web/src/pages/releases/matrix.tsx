/** Services by what is asked of their newest releases before one environment; the verdict first. */
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { explainQuery } from '../../api/queries.ts'
import type { Explanation } from '../../api/rollouts.ts'
import type { Service } from '../../api/types.ts'
import {
  type Cell,
  checkCell,
  checkNames,
  GO_IN_WORDS,
  goOf,
  GROUPS,
  groupCell,
  sumOf,
} from '../../format/go-no-go.ts'
import { words } from '../../format/text.ts'
import { Button } from '../../kit/button.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { COLOUR, State } from '../../kit/state.tsx'
import { Tabs } from '../../kit/tabs.tsx'

/** Each is a question of its own, asked again whenever something it depends on changes. */
const ROWS = 20

export function Matrix({
  services,
  environments,
  chosen,
  onChoose,
}: {
  services: readonly Service[]
  environments: readonly string[]
  chosen: string | undefined
  onChoose: (environment: string) => void
}) {
  const [rows, setRows] = useState(ROWS)
  const going = services.filter(({ path }) => chosen !== undefined && path.includes(chosen))
  const shown = going.slice(0, rows)
  const answers = useQueries({
    queries: shown.map(({ name }) => explainQuery(name, chosen ?? '')),
  })
  const known = answers.flatMap(({ data }) => data ?? [])
  if (chosen === undefined) return <Quiet>No environment is declared yet.</Quiet>
  return (
    <Card title={`May the newest go to ${chosen}?`} aside={sumOf(known, shown.length)}>
      <div className="mb-3">
        <Tabs label="Environment" all={environments} chosen={chosen} onChoose={onChoose} />
      </div>
      {shown.length === 0 ? (
        <Quiet>No service’s path leads to {chosen}.</Quiet>
      ) : (
        <div
          className="relative overflow-x-auto"
          tabIndex={0}
          role="group"
          aria-label="Go or no-go"
        >
          <table aria-label={`Go or no-go for ${chosen}`} className="border-collapse">
            <Head checks={checkNames(known)} />
            <tbody>
              {shown.map(({ name }, i) => (
                <Row
                  key={name}
                  service={name}
                  answer={answers[i]?.data}
                  error={answers[i]?.error ?? null}
                  checks={checkNames(known)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {going.length > rows && (
        <Button className="mt-3" onClick={() => setRows(rows + ROWS)}>
          {going.length - rows} more
        </Button>
      )}
      <Legend />
    </Card>
  )
}

function Head({ checks }: { checks: readonly string[] }) {
  return (
    <thead>
      <tr className="border-line border-b align-bottom">
        {['Service', 'Release', 'Verdict'].map((name) => (
          <th key={name} scope="col" className="py-1.5 pr-4">
            {name}
          </th>
        ))}
        {[...GROUPS.map(({ name }) => words(name)), ...checks].map((name) => (
          <th key={name} scope="col" className="px-1.5 py-1.5">
            <span className="upright">{name}</span>
          </th>
        ))}
      </tr>
    </thead>
  )
}

interface RowProps {
  readonly service: string
  readonly answer: Explanation | undefined
  readonly error: Error | null
  readonly checks: readonly string[]
}

function Row({ service, answer, error, checks }: RowProps) {
  return (
    <tr className="border-line border-b last:border-0">
      <th scope="row" className="py-1.5 pr-4 text-sm">
        <Link to="/services/$name" params={{ name: service }}>
          {service}
        </Link>
      </th>
      {answer === undefined ? (
        <td colSpan={2 + GROUPS.length + checks.length} className="text-quiet py-1.5">
          {saysOf(error)}
        </td>
      ) : (
        <Answered answer={answer} checks={checks} />
      )}
    </tr>
  )
}

/** A service without a release is no fault of anybody. */
function saysOf(error: Error | null): string {
  if (error === null) return 'Asking …'
  const isUnknown = error instanceof ApiError && error.problem.code === 'release.unknown'
  return isUnknown ? 'No release yet.' : `Not known: ${error.message}`
}

function Answered({ answer, checks }: { answer: Explanation; checks: readonly string[] }) {
  const { release, version, environment } = answer
  const go = goOf(answer)
  return (
    <>
      <td className="py-1.5 pr-4">
        <Link
          to="/releases/$id"
          params={{ id: release }}
          search={{ env: environment }}
          className="font-mono font-medium"
        >
          {version}
        </Link>
      </td>
      <td className="py-1.5 pr-4">
        <State of={go} {...GO_IN_WORDS[go]} />
      </td>
      {GROUPS.map(({ name, codes }) => (
        <Mark key={name} cell={groupCell(answer, codes)} />
      ))}
      {checks.map((name) => (
        <Mark key={name} cell={checkCell(answer, name)} />
      ))}
    </>
  )
}

function Mark({ cell: { glyph, tone, word, says } }: { cell: Cell }) {
  return (
    <td className="px-1.5 py-1.5 text-center" title={says}>
      <span className={COLOUR[tone]} aria-hidden="true">
        {glyph}
      </span>
      <span className="sr-only">{`${word}: ${says}`}</span>
    </td>
  )
}

const LEGEND = [
  ['✓', 'good', 'yes'],
  ['◐', 'open', 'waits'],
  ['◇', 'open', 'waived'],
  ['✕', 'bad', 'no'],
  ['–', 'plain', 'not applicable'],
  ['·', 'plain', 'not asked'],
] as const

function Legend() {
  return (
    <p className="text-quiet mt-3 flex flex-wrap gap-x-4 text-xs">
      {LEGEND.map(([glyph, tone, word]) => (
        <span key={word}>
          <span className={COLOUR[tone]} aria-hidden="true">
            {glyph}
          </span>{' '}
          {word}
        </span>
      ))}
      <span>Point at a mark, or open the release, for the reason.</span>
    </p>
  )
}
