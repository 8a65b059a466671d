/** How each room stands, in a line or two: from the same answers that the rooms show. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import {
  allIncidentsQuery,
  connectionsQuery,
  recordsQuery,
  runbooksQuery,
} from '../../api/governing.ts'
import {
  accessReviewsQuery,
  auditQuery,
  coverageQuery,
  policiesQuery,
  reviewsQuery,
  waiversQuery,
} from '../../api/queries.ts'
import type { InWords } from '../../format/deployment.ts'
import {
  auditStands,
  connectionsStand,
  counted,
  coverageStands,
  runbooksStand,
  waiversStand,
} from '../../format/governance.ts'
import { useNow } from '../../shell/now.ts'
import type { Room } from './rooms.ts'

export interface Standings {
  readonly rooms: Readonly<Record<Room, readonly InWords[]>>
  /** Why some of it is not known; the first of several. */
  readonly trouble: Error | null
}

export function useStandings(): Standings {
  const now = useNow()
  const policies = useQuery(policiesQuery())
  const waivers = useQuery(waiversQuery())
  const audit = useQuery(auditQuery())
  const coverage = useQuery(coverageQuery())
  const records = useQuery(recordsQuery({ unreviewed: 'true' }, 50))
  const access = useQuery(accessReviewsQuery())
  const runbooks = useQuery(runbooksQuery())
  const incidents = useQuery(allIncidentsQuery({ open: 'true' }, 50))
  const reviews = useQuery(reviewsQuery())
  const connections = useQuery(connectionsQuery())
  const asked = [policies, waivers, audit, coverage, records, access, runbooks, incidents]
  const all = [...asked, reviews, connections]
  const rooms = {
    policies: said(policies, (rows) => [
      rows.length === 0
        ? { text: 'the built-in table holds', tone: 'plain' }
        : { text: `${rows.map(({ name }) => name).join(', ')} applied`, tone: 'plain' },
    ]),
    waivers: said(waivers, (rows) => waiversStand(rows, now)),
    audit: said(audit, auditStands),
    evidence: said(coverage, coverageStands),
    records: said(records, (rows) => [
      counted(rows.length, 'went ahead without an answer, and nobody looked', 'nothing unreviewed'),
    ]),
    access: said(access, (rows) => [
      counted(
        rows.filter(({ status }) => status === 'open').length,
        'open for decisions',
        'no review is open',
      ),
    ]),
    runbooks: said(runbooks, runbooksStand),
    incidents: [
      ...said(incidents, (rows) => [
        counted(rows.length, 'not resolved', 'no incident is open', 'bad'),
      ]),
      ...said(reviews, (rows) => {
        const late = rows.filter(({ status, dueAt }) => status !== 'done' && now >= dueAt)
        const owed = rows.filter(({ status }) => status !== 'done')
        return owed.length === 0
          ? []
          : [counted(late.length, 'reviews are overdue', `${owed.length} reviews owed`, 'bad')]
      }),
    ],
    connections: said(connections, connectionsStand),
    settings: [{ text: 'for admins to read', tone: 'plain' }],
  } satisfies Standings['rooms']
  return { rooms, trouble: all.find(({ error }) => error !== null)?.error ?? null }
}

/** What is not known is said to be so, and is never good. */
function said<T>(
  { data, error }: UseQueryResult<T>,
  say: (data: T) => readonly InWords[],
): readonly InWords[] {
  if (data !== undefined) return say(data)
  return [{ text: error === null ? 'Asking …' : 'not known', tone: 'plain' }]
}
