/** Of what it was made: commit, run and files, each by its own name. */
import { Link } from '@tanstack/react-router'
import type { ReleaseDetail } from '../../api/types.ts'
import { Card } from '../../kit/card.tsx'
import { Fact, Facts } from '../../kit/facts.tsx'

export function Origin({ release }: { release: ReleaseDetail }) {
  const { repository, sha, run, artifact, tag, previous } = release
  return (
    <Card title="Origin">
      <Facts>
        <Fact name="Files">
          <code className="font-mono">{artifact.slice(0, 19)}</code>
        </Fact>
        <Fact name="Built by">
          <Link to="/runs/$id" params={{ id: run }}>
            its run
          </Link>
        </Fact>
        <Fact name="Commit">
          <code className="font-mono">{sha.slice(0, 8)}</code>
        </Fact>
        <Fact name="Tag">
          <code className="font-mono">{tag}</code>
        </Fact>
        <Fact name="Before it">
          {previous === null ? (
            'nothing: it is the first'
          ) : (
            <Link to="/releases/$id" params={{ id: previous }}>
              the release before
            </Link>
          )}
        </Fact>
        <Fact name="Repository">
          <span className="break-all">{repository}</span>
        </Fact>
      </Facts>
    </Card>
  )
}
