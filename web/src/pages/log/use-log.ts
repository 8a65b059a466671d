/** A log as the page follows it: its lines, its groups, and a search that goes from line to line. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { ApiError } from '../../api/client.ts'
import {
  type LogAt,
  logGroups,
  logLines,
  onGrowth,
  searchLog,
  type Sought,
} from '../../api/logs.ts'
import { LogLines, type LogState, PAGE_LINES } from './log-lines.ts'

/** Newest first when it is open: the end is what people come for, unless they were sent a line. */
export function useLogLines(at: LogAt, line: number | undefined): [LogLines, LogState] {
  const { run, job, attempt } = at
  const first = useRef(line)
  const lines = useMemo(
    () => new LogLines((from, count) => logLines({ run, job, attempt }, from, count)),
    [run, job, attempt],
  )
  const state = useSyncExternalStore(lines.subscribe, lines.snapshot)
  useEffect(() => {
    const asked = first.current
    lines.open(asked === undefined ? -PAGE_LINES : asked - (asked % PAGE_LINES))
    return () => lines.stop()
  }, [lines])
  const isGrowing = state.isOpen && !state.isDone
  const size = useRef(0)
  size.current = state.size
  useEffect(() => {
    if (!isGrowing) return undefined
    return onGrowth({ run, job, attempt }, size.current, () => lines.grown())
  }, [lines, isGrowing, run, job, attempt])
  return [lines, state]
}

export function useGroups(at: LogAt, { isOpen, isDone }: LogState) {
  const key = ['log-groups', at.run, at.job, at.attempt, isDone]
  const groups = useQuery({ queryKey: key, queryFn: () => logGroups(at), enabled: isOpen })
  return groups.data?.groups ?? []
}

export interface Search {
  readonly sought: Sought
  readonly found: readonly number[]
  /** Which of them is looked at; -1 before the first. */
  readonly at: number
  /** Everything was looked through. */
  readonly isWhole: boolean
  readonly isBusy: boolean
  readonly problem: string | undefined
}

const NOTHING: Search = {
  sought: { q: '', isRegex: false, isCaseSensitive: false },
  found: [],
  at: -1,
  isWhole: false,
  isBusy: false,
  problem: undefined,
}

/** `find(by)` goes to the next match, or the one before, and brings it into sight. */
export function useSearch(at: LogAt, show: (line: number) => void) {
  const [search, set] = useState(NOTHING)
  const latest = useRef(search)
  const put = (more: Partial<Search>) => {
    latest.current = { ...latest.current, ...more }
    set(latest.current)
  }
  const next = useRef(0)
  const look = (sought: Sought) => {
    next.current = 0
    put({ ...NOTHING, sought })
  }
  const more = async () => {
    const { sought, found } = latest.current
    put({ isBusy: true, problem: undefined })
    try {
      const answer = await searchLog(at, sought, next.current)
      // Meanwhile somebody looks for something else.
      if (latest.current.sought !== sought) return
      next.current = answer.next ?? next.current
      const all = [...found, ...answer.matches.map(({ line }) => line)]
      put({ found: all, isWhole: answer.next === null })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const { detail, remedy } = error.problem
      if (latest.current.sought === sought) put({ problem: `${detail} ${remedy}`, isWhole: true })
    } finally {
      if (latest.current.sought === sought) put({ isBusy: false })
    }
  }
  const find = async (by: 1 | -1) => {
    if (latest.current.sought.q === '' || latest.current.isBusy) return
    // One answer holds some hundred matches; further ones are asked for when they are come to.
    const isBeyond = () => latest.current.at + by >= latest.current.found.length
    while (isBeyond() && !latest.current.isWhole) await more()
    const { found, at: now, isWhole } = latest.current
    if (found.length === 0) return
    // Before the first comes the last, which is not known before the whole log was looked through.
    if (now + by < 0 && !isWhole) return
    const place = (now + by + found.length) % found.length
    put({ at: place })
    show(found[place] ?? 0)
  }
  return { search, look, find }
}
