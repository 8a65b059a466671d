/**
 * Who may say yes, and whether enough have. An approval signs a plan by its hash: another plan,
 * another approval. Nobody approves what they wrote or asked for, and nobody counts twice; a yes
 * goes stale, because the person who said it remembers the circumstances for a while only.
 */
import type { Identity } from '#catalog/events.ts'
import { personsAmong } from '#kernel/person.ts'
import type { ReleasedCommit } from '#releases/events.ts'
import type { ApprovalRule } from './events.ts'

export interface Approval {
  readonly approver: string
  readonly at: number
  readonly planHash: string
  readonly teams: readonly string[]
  readonly note: string
}

export interface Tally {
  /** One a person, of this plan, not expired, by someone who may. */
  readonly counted: readonly Approval[]
  readonly expired: readonly Approval[]
  /** People still to be found, owners among them; 0 and 0 when it is enough. */
  readonly missing: number
  readonly ownersMissing: number
}

export function tally(
  rule: ApprovalRule,
  given: readonly Approval[],
  of: { readonly planHash: string; readonly requester: string; readonly now: number },
): Tally {
  const byPerson = new Map<string, Approval>()
  for (const approval of given)
    if (approval.planHash === of.planHash && whyNot(rule, of.requester, approval.approver) === '')
      byPerson.set(approval.approver, approval)
  const standing = (approval: Approval) => of.now < expiresAt(rule, approval)
  const counted = [...byPerson.values()].filter(standing)
  const owners = counted.filter((approval) => approval.teams.includes(rule.ownerTeam)).length
  return {
    counted,
    expired: [...byPerson.values()].filter((approval) => !standing(approval)),
    missing: Math.max(0, rule.count - counted.length),
    ownersMissing: Math.max(0, rule.ownersMin - owners),
  }
}

export function isEnough(count: Tally): boolean {
  return count.missing === 0 && count.ownersMissing === 0
}

/** The instant itself is outside. */
export function expiresAt(rule: ApprovalRule, approval: Pick<Approval, 'at'>): number {
  return approval.at + rule.expiresMs
}

export const ASKED = 'asked for it'

/** Why this actor's yes may not count; empty when it may. */
export function whyNot(rule: ApprovalRule, requester: string, actor: string): string {
  if (actor === requester) return ASKED
  return rule.excluded.find((excluded) => excluded.actor === actor)?.why ?? ''
}

/** Everyone with a hand in the commits, by their git identities, with one commit to show for it. */
export function peopleBehind(
  commits: readonly ReleasedCommit[],
  actors: readonly { readonly id: string; readonly emails: readonly string[] }[],
): ApprovalRule['excluded'] {
  const accounts = accountsByEmail(actors)
  const first = new Map<string, string>()
  for (const commit of commits) {
    const name = commit.sha.slice(0, 7)
    const hands: [Identity, string][] = [
      [commit.author, `wrote ${name}`],
      ...commit.coAuthors.map((each): [Identity, string] => [each, `co-wrote ${name}`]),
      [commit.committer, `committed ${name}`],
    ]
    for (const [{ email }, why] of hands) {
      for (const actor of accounts.get(email) ?? []) if (!first.has(actor)) first.set(actor, why)
    }
  }
  // In one order: a rule is compared with the one of a moment ago.
  return [...first].map(([actor, why]) => ({ actor, why })).sort((a, b) => cmp(a.actor, b.actor))
}

/** A hand in a commit is a hand of all accounts of that person. */
function accountsByEmail(
  actors: readonly { readonly id: string; readonly emails: readonly string[] }[],
): ReadonlyMap<string, readonly string[]> {
  const persons = personsAmong(actors)
  const accounts = Map.groupBy(actors, ({ id }) => persons.get(id) ?? id)
  return new Map(
    actors.flatMap(({ id, emails }) => {
      const all = (accounts.get(persons.get(id) ?? id) ?? []).map((each) => each.id)
      return emails.map((email): [string, readonly string[]] => [email, all])
    }),
  )
}

const cmp = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
