/** Every event of one thing, as it was written down: asked for when somebody wants to see it. */
import { useQuery } from '@tanstack/react-query'
import { historyQuery } from '../../api/queries.ts'
import { instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'

export function History({
  kind,
  thing,
  marked,
}: {
  kind: string
  thing: string
  /** The version that somebody came for. */
  marked?: number
}) {
  const history = useQuery(historyQuery(kind, thing))
  return (
    <Answer query={history}>
      {(rows) => (
        <ol className="max-h-64 max-w-3xl overflow-auto text-xs" tabIndex={0} aria-label="Events">
          {rows.map(({ version, recordedAt, type, by, ...facts }) => (
            <li
              key={version}
              className={version === marked ? 'border-accent border-l-2 py-1 pl-2' : 'py-1'}
            >
              <p>
                {version}. <span className="font-medium">{type}</span> by {by},{' '}
                {instant(recordedAt)}
              </p>
              <pre className="text-quiet break-all whitespace-pre-wrap">
                {JSON.stringify(facts)}
              </pre>
            </li>
          ))}
        </ol>
      )}
    </Answer>
  )
}
