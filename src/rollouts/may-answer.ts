/** Whether a person's word on a plan counts: a yes to it, or to what of it cannot be undone. */
import { type Rejection, reject } from '#kernel/decider.ts'
import { ASKED, whyNot } from './approvals.ts'
import type { ApprovalRule } from './events.ts'

export type AnswerRefusal =
  | 'promotion.plan-changed'
  | 'promotion.approver-is-requester'
  | 'promotion.approver-is-author'
  | 'promotion.approver-not-a-person'

/** Who answers for a plan has seen it, is a person, and had no hand in it. */
export function mayNotAnswer(
  { by, kind, planHash }: Record<'by' | 'kind' | 'planHash', string>,
  state: {
    readonly planHash: string
    readonly requestedBy: string
    readonly rule: ApprovalRule
  },
): Rejection<AnswerRefusal> | undefined {
  if (planHash !== state.planHash)
    return reject(
      'promotion.plan-changed',
      'The plan is not the one you looked at any more.',
      'Read the plan as it is now, and approve that.',
    )
  if (kind !== 'person')
    return reject(
      'promotion.approver-not-a-person',
      'An approval is a person’s answer for what happens.',
      'Ask a person who may approve for this service.',
    )
  const why = whyNot(state.rule, state.requestedBy, by)
  if (why.startsWith(ASKED))
    return reject(
      'promotion.approver-is-requester',
      `Who asked for a promotion does not approve it: ${by} ${why}.`,
      'Ask another approver.',
    )
  if (why !== '')
    return reject(
      'promotion.approver-is-author',
      `You may not approve this: ${by} ${why}, which is in it.`,
      'Ask an approver who had no hand in these commits.',
    )
  return undefined
}
