/** One run: the graph of its jobs, and the selected job's log, tests and artifact. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { runQuery } from '../api/queries.ts'
import type { Job, RunWithJobs } from '../api/types.ts'
import { systemInWords, vouchedInWords } from '../format/origin.ts'
import { ago, bytes, duration, instant, words } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { Card } from '../kit/card.tsx'
import { Says, State } from '../kit/state.tsx'
import { useNow } from '../shell/now.ts'
import { useTitle } from '../shell/title.ts'
import { JobLog } from './job-log.tsx'
import { Diagnosis } from './run/diagnosis.tsx'
import { Jobs } from './run/jobs.tsx'
import { RunArtifactsCard } from './run-artifacts.tsx'
import { RunPerformanceCard } from './run-performance.tsx'

export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' })
  const run = useQuery(runQuery(id))
  return (
    <Answer query={run} heading="Run">
      {(row) => <Run run={row} />}
    </Answer>
  )
}

function Run({ run }: { run: RunWithJobs }) {
  const { job: asked, view } = useSearch({ from: '/runs/$id' })
  const navigate = useNavigate({ from: '/runs/$id' })
  const go = (to: { job?: string; view?: string }) =>
    void navigate({
      search: {
        ...(view !== undefined && { view }),
        ...(asked !== undefined && { job: asked }),
        ...to,
      },
      replace: true,
      resetScroll: false,
    })
  const now = useNow()
  useTitle(`${run.service} run: ${words(run.outcome)}`)
  // What failed is what people come for.
  const failed = run.jobs.find(({ outcome }) => outcome === 'failed' || outcome === 'timedOut')
  const selected = run.jobs.find(({ name }) => name === asked) ?? failed ?? run.jobs[0]
  const tookMs = (run.ended_at ?? now) - run.queued_at
  return (
    <div className="space-y-4">
      <header>
        <h1>
          <Link to="/services/$name" params={{ name: run.service }}>
            {run.service}
          </Link>{' '}
          at <code className="font-mono">{run.sha.slice(0, 8)}</code>
        </h1>
        <p className="text-quiet flex flex-wrap gap-x-4">
          <span role="status">
            <State of={run.outcome} />
          </span>
          <span>
            {run.branch}, {run.pipeline}
          </span>
          {run.origin !== null && <Elsewhere origin={run.origin} />}
          {run.held && <span>waits for its turn in {run.turn}</span>}
          {run.finally !== null && run.finally !== 'succeeded' && (
            <span>finally {words(run.finally).toLowerCase()}</span>
          )}
          <span title={instant(run.queued_at)}>queued {ago(run.queued_at, now)}</span>
          <span>took {duration(tookMs)}</span>
        </p>
      </header>
      {run.refusal !== null && (
        <Card title="The pipeline could not be planned">
          <pre className="text-bad overflow-x-auto font-mono text-xs whitespace-pre-wrap">
            {run.refusal}
          </pre>
        </Card>
      )}
      {run.doubted.length > 0 && (
        <Card title="Asks a person">
          <p>
            The runner of {run.doubted.join(' and ')} was lost, and it may have changed the world.
            Look there, and say how it went:{' '}
            <code className="font-mono text-xs">
              signalbox runs resolve {run.id} {run.doubted[0]} succeeded | failed | again
            </code>
          </p>
        </Card>
      )}
      <Diagnosis run={run} />
      {run.jobs.length > 0 && (
        <Jobs
          {...{ run, selected, view }}
          onView={(to) => go({ view: to })}
          onSelect={(name) => go({ job: name })}
        />
      )}
      {run.jobs.length > 0 && <RunPerformanceCard run={run.id} />}
      {selected !== undefined && <JobDetail run={run.id} job={selected} />}
      {run.jobs.length > 0 && <RunArtifactsCard run={run.id} />}
    </div>
  )
}

function Elsewhere({ origin }: { origin: NonNullable<RunWithJobs['origin']> }) {
  const name = `${systemInWords(origin)}, attempt ${origin.attempt}`
  return (
    <span title={vouchedInWords(origin)}>
      external:{' '}
      {origin.url === undefined ? (
        `${name}, ${origin.run}`
      ) : (
        <a href={origin.url} rel="noreferrer">
          {name}
        </a>
      )}
      , {vouchedInWords(origin)}
    </span>
  )
}

function JobDetail({ run, job }: { run: string; job: Job }) {
  return (
    <>
      <Card
        title={job.name}
        id="log"
        aside={
          <span className="flex gap-4">
            <State of={job.outcome ?? job.status} />
            {job.reason !== undefined && <span>{job.reason}</span>}
            {job.attempt > 1 && <span>attempt {job.attempt}</span>}
            {job.exitCode !== undefined && <span>exit {job.exitCode}</span>}
            {job.durationMs !== undefined && <span>{duration(job.durationMs)}</span>}
            {job.check !== undefined && <span>proves {job.check}</span>}
          </span>
        }
      >
        <code className="text-quiet mb-2 block font-mono text-xs break-words">{job.command}</code>
        {job.message !== undefined && <p className="text-bad mb-2">{job.message}</p>}
        {job.labels !== undefined && job.status === 'waiting' && (
          <p className="text-quiet mb-2">needs a runner with {job.labels.join(', ')}</p>
        )}
        <JobLog key={`${run}/${job.name}/${job.attempt}`} run={run} job={job} />
      </Card>
      {job.tests !== undefined && <Tests tests={job.tests} tested={job.tested} />}
      {job.packaged !== undefined && (
        <Card title="Artifact">
          <code className="font-mono text-xs break-all">{job.packaged.digest}</code>
          <p className="text-quiet">
            {job.packaged.files} files, {bytes(job.packaged.sizeBytes)}
          </p>
        </Card>
      )}
    </>
  )
}

function Tests({ tests, tested }: { tests: NonNullable<Job['tests']>; tested: Job['tested'] }) {
  const { passed, failed, skipped, durationMs, failures } = tests
  return (
    <Card
      title="Tests"
      aside={`${passed} passed, ${failed} failed, ${skipped} skipped in ${duration(durationMs)}`}
    >
      {tested !== undefined && <TestNotes tested={tested} />}
      {failures.length === 0 ? (
        <State of="passed" text="Everything passed" />
      ) : (
        <ul className="space-y-2">
          {failures.map(({ name, message }) => (
            <li key={name}>
              <State of="failed" text={name} />
              <pre className="text-quiet mt-1 overflow-x-auto font-mono text-xs">{message}</pre>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

/** A success that leans on somebody's word, or on a second try, is never silent. */
function TestNotes({ tested }: { tested: NonNullable<Job['tested']> }) {
  const { quarantined, retriedNew, retriedKnown } = tested
  const notes = [
    [quarantined, 'failed and did not count: quarantined', 'open'],
    [retriedNew, 'passed on a retry, for the first time', 'bad'],
    [retriedKnown, 'passed on a retry, as known', 'plain'],
  ] as const
  return (
    <ul className="mb-3 space-y-1">
      {notes.map(([{ count, names }, says, tone]) =>
        count === 0 ? null : (
          <li key={says}>
            <Says tone={tone} text={`${count} ${says}: ${names.join(', ')}`} />
          </li>
        ),
      )}
      <li>
        <Link to="/flaky">Flaky tests</Link>
      </li>
    </ul>
  )
}
