/** Releases, newest first, with where each of them runs. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { releasesQuery, slotsQuery } from '../../api/queries.ts'
import type { Slot } from '../../api/rollouts.ts'
import type { Release } from '../../api/types.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card } from '../../kit/card.tsx'
import { Table } from '../../kit/table.tsx'
import { Vetoed } from '../../kit/vetoed.tsx'
import { When } from '../../kit/when.tsx'

/** As many as the server gives; older ones are found by their service. */
const LIMIT = 200

export function ReleaseList({
  service,
  wanted,
  isVetoed,
  environments,
}: {
  service: string | undefined
  wanted: string
  isVetoed: boolean
  /** In the order that releases travel. */
  environments: readonly string[]
}) {
  const releases = useQuery(releasesQuery(service, LIMIT))
  const slots = useQuery(slotsQuery())
  const isWanted = ({ version, sha, vetoes }: Release) =>
    (version.startsWith(wanted) || sha.startsWith(wanted)) && (!isVetoed || vetoes.length > 0)
  return (
    <Card title="Releases, newest first">
      <Answer query={releases}>
        {(all) => (
          <>
            <Table
              label="Releases"
              rows={all.filter(isWanted)}
              keyOf={({ release }) => release}
              empty={
                all.length === 0
                  ? 'No release yet: one is made of the first run that succeeds.'
                  : 'None of them fits the filter.'
              }
              columns={[
                {
                  heading: 'Release',
                  cell: ({ release, service: of, version }) => (
                    <Link to="/releases/$id" params={{ id: release }} className="font-medium">
                      {of} <span className="font-mono">{version}</span>
                    </Link>
                  ),
                },
                { heading: 'Commits', cell: ({ commitCount }) => commitCount, numeric: true },
                {
                  heading: 'Commit',
                  cell: ({ run, sha }) => (
                    <Link to="/runs/$id" params={{ id: run }} className="font-mono">
                      {sha.slice(0, 8)}
                    </Link>
                  ),
                },
                {
                  heading: 'Runs in',
                  cell: ({ release }) =>
                    placesOf(release, slots.data ?? [], environments).join(', '),
                },
                { heading: 'Vetoes', cell: ({ vetoes }) => <Vetoed vetoes={vetoes} /> },
                { heading: 'Made', cell: ({ createdAt }) => <When at={createdAt} /> },
              ]}
            />
            {all.length === LIMIT && (
              <p className="text-quiet mt-2 text-xs">
                The newest {LIMIT}; choose a service for older ones.
              </p>
            )}
          </>
        )}
      </Answer>
    </Card>
  )
}

function placesOf(
  release: string,
  slots: readonly Slot[],
  environments: readonly string[],
): readonly string[] {
  const places = slots
    .filter(({ deployed }) => deployed?.release === release)
    .map(({ environment }) => environment)
  return environments.filter((name) => places.includes(name))
}
