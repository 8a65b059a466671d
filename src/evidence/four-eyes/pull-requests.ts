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
      readonly verdict: 'approved' | 'changesRequested' | 'commented' | 'dismissed'
      readonly sha?: string | undefined
      readonly by?: string | undefined
    }
  | {
      readonly type: 'change.merged'
      readonly mergeSha: string
      readonly headSha?: string | undefined
    }
)

export function pullRequestsOf(told: readonly ToldOfChange[]): readonly PullRequest[] {
  const ordered = told.toSorted((a, b) => a.occurredAt - b.occurredAt || lastOf(a) - lastOf(b))
  return [...Map.groupBy(ordered, ({ repository, change }) => `${repository}\n${change}`)].map(
    ([, facts]) => pullRequestOf(facts),
  )
}

/** A yes and its being taken back may bear one instant, that of the yes. */
const lastOf = (fact: ToldOfChange) =>
  fact.type === 'change.reviewed' && fact.verdict === 'dismissed' ? 1 : 0

function pullRequestOf(facts: readonly ToldOfChange[]): PullRequest {
  const merged = facts.find((fact) => fact.type === 'change.merged')
  const reviews = facts.filter((fact) => fact.type === 'change.reviewed')
  const { change = '' } = facts[0] ?? {}
  const name = /^\d+$/.test(change) ? `#${change}` : change
  return {
    name,
    author: facts.find(({ author }) => author !== undefined)?.author,
    mergeSha: merged?.mergeSha,
    // Where nobody says what it ended with, the last that anybody looked at is the last known.
    headSha: merged?.headSha ?? reviews.findLast(({ sha }) => sha !== undefined)?.sha,
    commits: [],
    approvals: standing(reviews, name),
  }
}

type Review = Extract<ToldOfChange, { type: 'change.reviewed' }>

/** Who asked for changes, or was dismissed, has no yes any more; a comment takes nothing back. */
function standing(reviews: readonly Review[], of: string): readonly Yes[] {
  const said = new Map<string, Yes | undefined>()
  for (const { by = 'somebody', sha, verdict, occurredAt: at } of reviews)
    if (verdict === 'approved') said.set(by, { by, at, sha, of, source: 'git-host' })
    else if (verdict !== 'commented') said.delete(by)
  return [...said.values()].filter((yes) => yes !== undefined)
}
