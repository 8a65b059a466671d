/** Pull requests as they are told of by their git host, one fact at a time and in any order. */
import type { PullRequest, Yes } from './facts.ts'

/** The part of an observation that speaks of approvals. */
export type ToldOfChange = {
  readonly occurredAt: number
  readonly repository: string
  readonly change: string
  readonly author?: string | undefined
} & (
  | { readonly type: 'change.opened' | 'change.closed' }
  | {
      readonly type: 'change.reviewed'
      readonly verdict: 'approved' | 'changesRequested' | 'commented'
      readonly sha?: string | undefined
      readonly by?: string | undefined
    }
  | { readonly type: 'change.merged'; readonly mergeSha: string }
)

export function pullRequestsOf(told: readonly ToldOfChange[]): readonly PullRequest[] {
  const ordered = told.toSorted((a, b) => a.occurredAt - b.occurredAt)
  return [...Map.groupBy(ordered, ({ repository, change }) => `${repository}\n${change}`)].map(
    ([, facts]) => pullRequestOf(facts),
  )
}

function pullRequestOf(facts: readonly ToldOfChange[]): PullRequest {
  const merged = facts.find((fact) => fact.type === 'change.merged')
  const reviews = facts.filter((fact) => fact.type === 'change.reviewed')
  const { change = '' } = facts[0] ?? {}
  const name = /^\d+$/.test(change) ? `#${change}` : change
  return {
    name,
    author: facts.find(({ author }) => author !== undefined)?.author,
    mergeSha: merged?.mergeSha,
    // The last commit that anybody looked at is the last that is known.
    headSha: reviews.findLast(({ sha }) => sha !== undefined)?.sha,
    commits: [],
    approvals: standing(reviews, name),
  }
}

type Review = Extract<ToldOfChange, { type: 'change.reviewed' }>

/** Who asked for changes afterwards has taken their yes back; a comment takes nothing back. */
function standing(reviews: readonly Review[], of: string): readonly Yes[] {
  const said = new Map<string, Yes | undefined>()
  for (const { by = 'somebody', sha, verdict, occurredAt: at } of reviews)
    if (verdict === 'approved') said.set(by, { by, at, sha, of, source: 'git-host' })
    else if (verdict === 'changesRequested') said.delete(by)
  return [...said.values()].filter((yes) => yes !== undefined)
}
