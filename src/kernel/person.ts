/**
 * One person may hold several accounts: those that share a git identity, directly or by way of a
 * third. Who is to be somebody else is asked by person, so that a second account is no second
 * pair of eyes.
 */

interface Account {
  readonly id: string
  readonly emails: readonly string[]
}

/** For every account the name of its person: the first of the person's accounts. */
export function personsAmong(accounts: readonly Account[]): ReadonlyMap<string, string> {
  const above = new Map<string, string>()
  const top = (node: string): string => {
    const next = above.get(node) ?? node
    return next === node ? node : top(next)
  }
  for (const { id, emails } of accounts)
    for (const email of emails) above.set(top(`@${email}`), top(id))
  const first = new Map<string, string>()
  for (const id of accounts.map((each) => each.id).toSorted())
    if (!first.has(top(id))) first.set(top(id), id)
  return new Map(accounts.map(({ id }) => [id, first.get(top(id)) ?? id]))
}
