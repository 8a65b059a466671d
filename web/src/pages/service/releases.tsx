/** Releases, newest first, each with its changelog when it is opened. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { releaseQuery, releasesQuery } from '../../api/queries.ts'
import type { Release } from '../../api/types.ts'
import { ago, instant } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { ChangelogText } from '../../kit/changelog.tsx'
import { Vetoed } from '../../kit/vetoed.tsx'
import { useNow } from '../../shell/now.ts'

export function Releases({ service }: { service: string }) {
  const releases = useQuery(releasesQuery(service))
  return (
    <Card title="Releases">
      <Answer query={releases}>
        {(rows) =>
          rows.length === 0 ? (
            <Quiet>No release yet: one is made of the first run that succeeds.</Quiet>
          ) : (
            <ul className="divide-line divide-y">
              {rows.map((row, i) => (
                <OneRelease key={row.release} release={row} isFirst={i === 0} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  )
}

function OneRelease({ release, isFirst }: { release: Release; isFirst: boolean }) {
  const now = useNow()
  const [isOpen, setOpen] = useState(isFirst)
  const { version, commitCount, createdAt, run, sha, vetoes } = release
  return (
    <li className="py-2 first:pt-0 last:pb-0">
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="cursor-pointer">
          <span className="ml-1 inline-flex w-[calc(100%-1.5rem)] flex-wrap items-baseline gap-x-4">
            <span className="font-mono font-medium">{version}</span>
            <span className="text-quiet text-xs">
              {commitCount} {commitCount === 1 ? 'commit' : 'commits'}
            </span>
            <Vetoed vetoes={vetoes} />
            <span className="text-quiet ml-auto text-xs" title={instant(createdAt)}>
              {ago(createdAt, now)}
            </span>
          </span>
        </summary>
        <div className="mt-2 ml-4">
          {isOpen && <Changelog release={release.release} />}
          <p className="text-quiet mt-2 text-xs">
            <Link to="/releases/$id" params={{ id: release.release }}>
              All about {version}
            </Link>
            . Built by{' '}
            <Link to="/runs/$id" params={{ id: run }}>
              its run
            </Link>{' '}
            at <code className="font-mono">{sha.slice(0, 8)}</code>
          </p>
        </div>
      </details>
    </li>
  )
}

function Changelog({ release }: { release: string }) {
  const whole = useQuery(releaseQuery(release))
  return <Answer query={whole}>{({ changelog }) => <ChangelogText markdown={changelog} />}</Answer>
}
