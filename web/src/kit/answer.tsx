/** What a question came to: still asking, refused with reason and remedy, or the answer. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from '../api/client.ts'

export function Answer<T>({
  query,
  heading,
  children,
}: {
  query: UseQueryResult<T>
  /** For a whole page, which has a heading even when there is nothing to show under it. */
  heading?: string
  children: (data: T) => ReactNode
}) {
  // Old data beats no data: a failed refresh shows above what was known before.
  return (
    <>
      {heading !== undefined && query.data === undefined && <h1 className="mb-3">{heading}</h1>}
      {query.error !== null && <Trouble error={query.error} />}
      {query.data !== undefined && children(query.data)}
      {query.isPending && <p className="text-quiet">Asking …</p>}
    </>
  )
}

export function Trouble({ error }: { error: unknown }) {
  const problem =
    error instanceof ApiError
      ? error.problem
      : { code: 'page.bug', detail: String(error), remedy: 'Reload the page.', status: 0 }
  return (
    <div role="alert" className="border-bad bg-card mb-3 rounded-md border px-3 py-2">
      <p className="text-bad font-medium">
        <span aria-hidden="true">✕</span> {problem.detail}
      </p>
      {problem.remedy !== '' && <p>{problem.remedy}</p>}
      <p className="text-quiet font-mono text-xs">{problem.code}</p>
    </div>
  )
}
