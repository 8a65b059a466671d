/** The commits that are new in it, with who wrote them: those may not approve it. */
import type { ReleaseDetail, ReleasedCommit } from '../../api/types.ts'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { When } from '../../kit/when.tsx'

export function Commits({ release: { commits, commitsCut } }: { release: ReleaseDetail }) {
  const authors = new Set(commits.flatMap(namesOf))
  return (
    <Card title="Commits" aside={`${authors.size} ${authors.size === 1 ? 'author' : 'authors'}`}>
      <Table
        label="Commits"
        rows={commits.toReversed()}
        keyOf={({ sha }) => sha}
        empty="None is new in it."
        columns={[
          {
            heading: 'Commit',
            cell: ({ sha }) => <code className="font-mono">{sha.slice(0, 8)}</code>,
          },
          {
            heading: 'What',
            cell: ({ subject, breaking, tickets }) => (
              <>
                <span className="break-words">{subject}</span>{' '}
                {breaking && <State of="breaking" tone="open" text="breaking" />}{' '}
                <span className="text-quiet text-xs">{tickets.join(', ')}</span>
              </>
            ),
          },
          { heading: 'By', cell: (commit) => namesOf(commit).join(', ') },
          { heading: 'When', cell: ({ committedAt }) => <When at={committedAt} /> },
        ]}
      />
      {commitsCut && (
        <p className="text-quiet mt-2 text-xs">
          There are older ones in it, of which nothing is known here.
        </p>
      )}
    </Card>
  )
}

const namesOf = ({ author, coAuthors }: ReleasedCommit) =>
  [author, ...coAuthors].map(({ name, email }) => name || email)
