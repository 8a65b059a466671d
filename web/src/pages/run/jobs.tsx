/** The jobs of a run: what goes after what, or when each of them worked. */
import { useQuery } from '@tanstack/react-query'
import { runPerformanceQuery } from '../../api/queries.ts'
import type { Job, RunWithJobs } from '../../api/types.ts'
import { Card } from '../../kit/card.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { JobGraph } from '../job-graph.tsx'
import { Waterfall } from './waterfall.tsx'

const VIEWS = ['graph', 'waterfall'] as const
type View = (typeof VIEWS)[number]

export function Jobs(props: {
  run: RunWithJobs
  selected: Job | undefined
  view: string | undefined
  onView: (view: View) => void
  onSelect: (name: string) => void
}) {
  const { run, selected, onView, onSelect } = props
  const view = VIEWS.find((each) => each === props.view) ?? 'graph'
  const { data } = useQuery(runPerformanceQuery(run.id))
  const critical = data?.performance?.criticalPath.jobs ?? []
  return (
    <Card
      title="Jobs"
      id="jobs"
      aside={
        <span className="flex items-center gap-4">
          {run.progress.ended} of {run.progress.total} ended
          <Tabs
            label="How jobs are shown"
            all={VIEWS}
            chosen={view}
            onChoose={(one) => onView(VIEWS.find((each) => each === one) ?? 'graph')}
          />
        </span>
      }
    >
      {view === 'graph' ? (
        <JobGraph {...{ jobs: run.jobs, selected, onSelect }} />
      ) : (
        <Waterfall {...{ jobs: run.jobs, queuedAt: run.queued_at, critical, selected, onSelect }} />
      )}
    </Card>
  )
}
