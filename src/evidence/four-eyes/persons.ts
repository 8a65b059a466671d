/**
 * Who a name in git is. An address belongs to the account that is registered with it; a git host's
 * private address names a login; and one that nobody registered, under the very name of somebody
 * who is, is taken for that person: one who is counted twice by mistake asks for another yes, and
 * one who is not would be their own second pair of eyes.
 */
import type { Identity } from '#catalog/events.ts'
import { globMatcher } from '#kernel/glob.ts'
import { personsAmong } from '#kernel/person.ts'
import type { Account, FourEyesRules, RangeCommit } from './facts.ts'

/** `123+ana@users.noreply.github.com`, `123-ana@users.noreply.gitlab.com`. */
const PRIVATE = /^(?:\d+[+-])?(?<login>[^@]+)@users\.noreply\.[^@]+$/

/** As git hosts call accounts that no person signs in with. */
const BOT = /\[bot\]$|^(?:project|group)_\d+_bot(?:_|$)/i

export interface Persons {
  /** Of whoever said yes: an actor, an address or a login. */
  of(by: string): string
  /** Several where it is not certain: any of them may be meant. */
  behind(identity: Identity): readonly string[]
  /** Whether what says yes is no person: undefined kinds are people of the git host. */
  isMachine(by: string): boolean
  isServiceAccount(identity: Identity): boolean
}

export function personsOf(accounts: readonly Account[], rules: FourEyesRules): Persons {
  const persons = personsAmong(accounts)
  const byId = new Map(accounts.map((account) => [account.id, account]))
  const byEmail = new Map(
    accounts.flatMap((each) => each.emails.map((email) => [plain(email), each] as const)),
  )
  const byName = new Map(accounts.map((account) => [plain(account.name), account]))
  const isNamed = nameMatcher(rules.serviceAccounts)
  const person = ({ id }: Account) => persons.get(id) ?? id
  const accountOf = (by: string) => byId.get(by) ?? byEmail.get(plain(by))
  const of = (by: string): string => {
    const found = accountOf(by) ?? byId.get(plain(by))
    if (found !== undefined) return person(found)
    const login = PRIVATE.exec(plain(by))?.groups?.['login']
    return login === undefined ? plain(by) : of(login)
  }
  return {
    of,
    behind({ name, email }) {
      const known = byEmail.get(plain(email))
      if (known !== undefined) return [person(known)]
      const namesake = byName.get(plain(name))
      return [of(email), ...(namesake === undefined ? [] : [person(namesake)])]
    },
    isMachine: (by) => (accountOf(by)?.kind ?? (BOT.test(by) ? 'agent' : 'person')) !== 'person',
    isServiceAccount: ({ name, email }) =>
      byEmail.get(plain(email))?.kind === 'service-account' || isNamed(name) || isNamed(email),
  }
}

/** Everyone with a hand in it, by person; a git host that commits for people has none. */
export function handsIn(
  { author, committer, coAuthors }: RangeCommit,
  persons: Persons,
  { hostCommitters }: FourEyesRules,
): ReadonlySet<string> {
  const hands = [author, ...coAuthors]
  if (!hostCommitters.includes(plain(committer.email))) hands.push(committer)
  return new Set(hands.flatMap((each) => persons.behind(each)))
}

const plain = (text: string) => text.trim().toLowerCase()

/** A name is no path: a slash in it is a letter like others. */
function nameMatcher(globs: readonly string[]): (name: string) => boolean {
  const flat = (text: string) => plain(text).replaceAll('/', '\u2215')
  const match = globs.length === 0 ? () => false : globMatcher(globs.map(flat))
  return (name) => match(flat(name))
}
