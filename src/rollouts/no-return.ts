/**
 * A person's word for what nobody can undo. It is no approval more: an approver says yes to a plan,
 * whoever accepts this has read which migrations leave no way back, and names them.
 */
import { type Rejection, reject } from '#kernel/decider.ts'
import { expiresAt } from './approvals.ts'
import type { ApprovalRule, NoReturn, NoReturnAcceptance } from './events.ts'

export interface Acceptance extends NoReturnAcceptance {
  readonly planHash: string
}

export type NoReturnRefusal =
  | 'promotion.nothing-to-accept'
  | 'promotion.no-return-unnamed'
  | 'promotion.no-return-not-accepted'

/** Why these names do not do; undefined when they do. */
export function whyNotNamed(
  noReturn: NoReturn | undefined,
  names: readonly string[],
): Rejection<NoReturnRefusal> | undefined {
  if (noReturn === undefined)
    return reject(
      'promotion.nothing-to-accept',
      'Nothing of it takes a person’s word: it can be undone, or is free here.',
      'Approve it like any other, if it waits for approvals.',
    )
  const all = nameable(noReturn)
  const unnamed = all.filter((name) => !names.includes(name))
  const strange = names.filter((name) => !all.includes(name))
  if (unnamed.length === 0 && strange.length === 0) return undefined
  const said = strange.length > 0 ? `It has no ${strange.slice(0, NAMES_SHOWN).join(', ')}` : ''
  const left = unnamed.length > 0 ? `Not named: ${unnamed.slice(0, NAMES_SHOWN).join(', ')}` : ''
  return reject(
    'promotion.no-return-unnamed',
    `${[said, left].filter((each) => each !== '').join('. ')}.`,
    `Read what cannot be undone, and name all of it: --names ${all.join(' ')}`,
  )
}

const NAMES_SHOWN = 5

/** What a person calls the steps: the files they are in, and where there is none the release. */
export function nameable({ steps }: NoReturn): readonly string[] {
  return [...new Set(steps.map(({ path, version }) => (path === '' ? version : path)))]
}

/** Whether it may start, as far as that word is concerned. */
export function isAccepted(
  state: {
    readonly plan: { readonly noReturn?: NoReturn | undefined }
    readonly planHash: string
    readonly rule: ApprovalRule
    readonly acceptance?: Acceptance | undefined
  },
  now: number,
): boolean {
  const { plan, planHash, rule, acceptance } = state
  if (plan.noReturn === undefined) return true
  return acceptance?.planHash === planHash && now < expiresAt(rule, acceptance)
}
