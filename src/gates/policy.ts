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
  | 'policy.owners-exceed-count'
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
  const { count, ownersMin } = row.approvals ?? {}
  if (count !== undefined && ownersMin !== undefined && ownersMin > count)
    return reject(
      'policy.owners-exceed-count',
      `Row ${name} wants ${ownersMin} approvals of owners among ${count}.`,
      'Raise approvals.count or lower approvals.ownersMin.',
    )
  return undefined
}
