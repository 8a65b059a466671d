/**
 * A policy document changes rows of the built-in table. There is one, named `default`: two that
 * both claim a row would leave nobody able to say which one decided. The shell gives the digest, so
 * that a verdict made under a document can name it for ever.
 */
import { type Decider, type Rejection, reject } from '#kernel/decider.ts'
import type { PolicyCommand } from './commands.ts'
import type { PolicyDocument, PolicyEvent, PolicyRow } from './events.ts'

export const POLICY_NAME = 'default'

export type Policy =
  | { readonly status: 'unknown' | 'withdrawn' }
  | { readonly status: 'applied'; readonly digest: string }

export type PolicyRefusal =
  | 'policy.not-default'
  | 'policy.steps-not-rising'
  | 'policy.steps-or-ramp'
  | 'policy.hold-back-below-cap'
  | 'policy.owners-exceed-count'
  | 'policy.preempt-is-for-hotfixes'
  | 'policy.parallel-needs-targets'
  | 'policy.not-applied'

export const policy: Decider<Policy, PolicyCommand, PolicyEvent, PolicyRefusal> = {
  initial: { status: 'unknown' },
  decide(command, state) {
    const { at, by } = command
    switch (command.type) {
      case 'policy.apply': {
        const { document, digest } = command
        if (state.status === 'applied' && state.digest === digest) return []
        return refusalOf(document) ?? [{ type: 'policy.applied', at, by, document, digest }]
      }
      case 'policy.withdraw':
        if (state.status === 'unknown')
          return reject(
            'policy.not-applied',
            'No such policy was ever applied.',
            'The built-in table applies; there is nothing to withdraw.',
          )
        return state.status === 'applied' ? [{ type: 'policy.withdrawn', at, by }] : []
    }
  },
  evolve(_, event) {
    switch (event.type) {
      case 'policy.applied':
        return { status: 'applied', digest: event.digest }
      case 'policy.withdrawn':
        return { status: 'withdrawn' }
    }
  },
}

export const policies = { kind: 'policy', decider: policy } as const

function refusalOf(document: PolicyDocument): Rejection<PolicyRefusal> | undefined {
  if (document.name !== POLICY_NAME)
    return reject(
      'policy.not-default',
      `A policy named ${document.name} would apply to nothing.`,
      `Name it ${POLICY_NAME}: its rows are the ones that gates look at.`,
    )
  for (const [name, row] of Object.entries(document.rows)) {
    const refusal = rowRefusal(name, row)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function rowRefusal(name: string, row: PolicyRow): Rejection<PolicyRefusal> | undefined {
  const weights = (row.steps ?? []).map((step) => step.weight)
  const rising = weights.every((weight, i) => weight > (weights[i - 1] ?? 0) && weight < 100)
  if (!rising)
    return reject(
      'policy.steps-not-rising',
      `The steps of row ${name} go ${weights.join(', ')} %.`,
      'Let every step carry more traffic than the one before, ending below 100 %.',
    )
  const climb = rampRefusal(name, row)
  if (climb !== undefined) return climb
  const { count, ownersMin } = row.approvals ?? {}
  if (count !== undefined && ownersMin !== undefined && ownersMin > count)
    return reject(
      'policy.owners-exceed-count',
      `Row ${name} wants ${ownersMin} approvals of owners among ${count}.`,
      'Raise approvals.count or lower approvals.ownersMin.',
    )
  return queueRefusal(name, row)
}

function rampRefusal(name: string, row: PolicyRow): Rejection<PolicyRefusal> | undefined {
  const ramp = row.analysis?.ramp
  if (ramp === undefined) return undefined
  if (row.steps !== undefined)
    return reject(
      'policy.steps-or-ramp',
      `Row ${name} plans steps and a ramp: a canary goes by one of them.`,
      'Leave out steps, and the ramp leads to its cap, 50 % and the hold-back; or leave out ramp.',
    )
  const most = Math.max(HALF, ramp.weightCap ?? 0)
  if (ramp.holdBack !== undefined && ramp.holdBack.weight <= most)
    return reject(
      'policy.hold-back-below-cap',
      `The hold-back of row ${name} is at ${ramp.holdBack.weight} %, and ${most} % come before it.`,
      `Hold back at more than ${most} %, or leave holdBack out.`,
    )
  return undefined
}

/** Every ramp passes it. */
const HALF = 50

function queueRefusal(name: string, row: PolicyRow): Rejection<PolicyRefusal> | undefined {
  if (row.queue === 'parallel' || row.hotfix?.queue === 'parallel')
    return reject(
      'policy.parallel-needs-targets',
      `Row ${name} lets releases go side by side, and a slot is one target: they would share it.`,
      'Use queue or supersede-waiting; give what is independent an environment of its own.',
    )
  if (row.queue === 'preempt')
    return reject(
      'policy.preempt-is-for-hotfixes',
      `Row ${name} lets every release take the place of the one before it: none would ever bake.`,
      'Set hotfix.queue to preempt, and queue to queue or supersede-waiting.',
    )
  return undefined
}
