/** A job's log, of any length: opened at its end or at the line that one was sent. */
import { useNavigate, useSearch as useAddress } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type LogAt, type LogGroup, wholeLogAt } from '../api/logs.ts'
import type { Job } from '../api/types.ts'
import { rowsOf } from '../format/folds.ts'
import { bytes } from '../format/text.ts'
import { ChoiceFilter } from '../kit/filters.tsx'
import { type Aim, LogBox } from './log/log-box.tsx'
import type { LogState } from './log/log-lines.ts'
import { SearchBar } from './log/search-bar.tsx'
import { useGroups, useLogLines, useSearch } from './log/use-log.ts'

export function JobLog({ run, job }: { run: string; job: Job }) {
  const { attempt: asked } = useAddress({ from: '/runs/$id' })
  const known = Number(asked)
  const attempt = known >= 1 && known <= job.attempt ? known : job.attempt
  return <Log key={attempt} at={{ run, job: job.name, attempt }} job={job} />
}

function Log({ at, job }: { at: LogAt; job: Job }) {
  const { line: said } = useAddress({ from: '/runs/$id' })
  const sent = lineIn(said)
  const [lines, state] = useLogLines(at, sent)
  const groups = useGroups(at, state)
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set())
  const [isFollowing, setFollowing] = useState(sent === undefined)
  const [aimed, setAim] = useState<Aim>()
  const aimSent = useMemo(() => (sent === undefined ? undefined : { line: sent }), [sent])
  const aim = aimed ?? aimSent
  const show = (line: number) => {
    setFollowing(false)
    setAim({ line })
  }
  const { search, look, find } = useSearch(at, show)
  const rows = useMemo(
    () => rowsOf(state.total, foldsOf(groups, folded, state)),
    [state, groups, folded],
  )
  const looks = {
    job: at.job,
    attempt: at.attempt === job.attempt ? undefined : at.attempt,
    marked: search.at >= 0 ? search.found[search.at] : sent,
    sought: search.sought.isRegex ? '' : search.sought.q,
    groups: useMemo(() => headsOf(groups, folded, state), [state, groups, folded]),
    onFold: (line: number) => setFolded(toggled(folded, line)),
  }
  const isEmpty = state.isOpen && state.total === 0
  return (
    <>
      <div className="mb-2 flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <SearchBar search={search} onLook={look} onFind={find} />
        <Choices at={at} job={job} groups={groups} onGroup={show} />
      </div>
      {isEmpty ? (
        <p className="text-quiet">{state.isDone ? 'It printed nothing.' : 'No output yet.'}</p>
      ) : (
        <LogBox
          label={`Log of ${job.name}`}
          lines={lines}
          rows={rows}
          aim={isFollowing ? undefined : aim}
          isFollowing={isFollowing}
          onEnd={setFollowing}
          {...looks}
        />
      )}
      <Foot at={at} job={job} state={state} isFollowing={isFollowing} onFollow={setFollowing} />
    </>
  )
}

/** Lines of an address count from 1, as those beside the text do. */
function lineIn(said: string | undefined): number | undefined {
  return said !== undefined && /^\d{1,9}$/.test(said) ? Math.max(0, Number(said) - 1) : undefined
}

type Folded = ReadonlySet<number>

const foldsOf = (groups: readonly LogGroup[], folded: Folded, { total }: LogState) =>
  groups
    .filter(({ from }) => folded.has(from))
    .map(({ from, to }) => ({ from, to: to ?? total - 1 }))

const headsOf = (groups: readonly LogGroup[], folded: Folded, { total }: LogState) =>
  new Map(
    groups.map(({ from, to }) => [
      from,
      { isFolded: folded.has(from), lines: (to ?? total - 1) - from + 1 },
    ]),
  )

function toggled(folded: Folded, line: number): Folded {
  const next = new Set(folded)
  if (!next.delete(line)) next.add(line)
  return next
}

interface ChoicesProps {
  readonly at: LogAt
  readonly job: Job
  readonly groups: readonly LogGroup[]
  readonly onGroup: (line: number) => void
}

function Choices({ at, job, groups, onGroup }: ChoicesProps) {
  const navigate = useNavigate({ from: '/runs/$id' })
  const attempts = Array.from({ length: job.attempt }, (_, i) => `${i + 1}`)
  const chooseAttempt = (attempt: string) =>
    void navigate({ search: { job: job.name, attempt }, replace: true, resetScroll: false })
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
      {groups.length > 0 && (
        <label className="text-quiet text-xs">
          <span className="mb-0.5 block">Go to group</span>
          <select
            value=""
            onChange={({ target }) => onGroup(Number(target.value))}
            className="border-field bg-card text-ink min-h-8 max-w-48 rounded-md border px-2"
          >
            <option value="">{groups.length} groups</option>
            {groups.map(({ from, title }) => (
              <option key={from} value={from}>
                {title === '' ? `line ${from + 1}` : title}
              </option>
            ))}
          </select>
        </label>
      )}
      {attempts.length > 1 && (
        <ChoiceFilter
          label="Attempt"
          value={`${at.attempt}`}
          all={attempts}
          none="the last"
          onChange={chooseAttempt}
        />
      )}
    </div>
  )
}

interface FootProps {
  readonly at: LogAt
  readonly job: Job
  readonly state: LogState
  readonly isFollowing: boolean
  readonly onFollow: (isOn: boolean) => void
}

function Foot({ at, job, state, isFollowing, onFollow }: FootProps) {
  return (
    <div className="text-quiet mt-1 flex flex-wrap items-center justify-between gap-x-4 text-xs">
      <span>
        {state.isOpen
          ? `${state.total.toLocaleString('en')} lines, ${bytes(state.size)}`
          : 'Opening …'}
        {job.logCut === true && ', cut by its limit'}
        {state.trouble !== undefined && ` · ${state.trouble}`} ·{' '}
        <a href={wholeLogAt(at)} download className="underline">
          the whole log
        </a>
      </span>
      <label className="flex min-h-6 items-center gap-1.5">
        <input
          type="checkbox"
          checked={isFollowing}
          onChange={(event) => onFollow(event.target.checked)}
        />
        {state.isDone ? 'stay at the end' : 'follow'}
      </label>
    </div>
  )
}
