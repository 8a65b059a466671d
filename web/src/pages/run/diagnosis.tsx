/** Why it failed, whose failure it is, and what to do about it. */
import { Link } from '@tanstack/react-router'
import type { RunWithJobs } from '../../api/types.ts'
import { classOf, failureInWords, WHO_LOOKS } from '../../format/failure.ts'
import { Card } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'

export function Diagnosis({ run }: { run: RunWithJobs }) {
  if (run.outcome !== 'failed') return null
  const { failure, service, branch } = run
  const failedBy = classOf(run)
  const fallen = run.jobs.filter(
    ({ name, outcome }) => outcome === 'failed' && name !== failure?.job,
  )
  return (
    <Card title="Why it failed" id="diagnosis" aside={failedBy}>
      <Says tone="bad" text={failureInWords(run)} />
      <div className="mt-1 space-y-1 pl-[1.375rem]">
        {failedBy !== undefined && <p>{WHO_LOOKS[failedBy]}</p>}
        {fallen.length > 0 && (
          <p className="text-quiet">Failed as well: {fallen.map(({ name }) => name).join(', ')}.</p>
        )}
        <p className="text-quiet text-xs">
          {failure !== null && (
            <>
              <Link to="/runs/$id" params={{ id: run.id }} search={{ job: failure.job }} hash="log">
                Its log
              </Link>
              {' · '}
            </>
          )}
          <Link to="/runs" search={{ service, outcome: 'failed' }}>
            Other failures of {service}
          </Link>
          {' · '}
          <Link to="/runs" search={{ service, branch }}>
            Runs of {branch}
          </Link>
          {failedBy === 'tests' && (
            <>
              {' · '}
              <Link to="/flaky" search={{ service }}>
                Its flaky tests
              </Link>
            </>
          )}
        </p>
      </div>
    </Card>
  )
}
