/** A promotion that does not wait its turn: what that means where somebody decides on it. */
import type { Plan } from '../api/rollouts.ts'
import { Says } from './state.tsx'

const SAYS = {
  hotfix: 'A hotfix: bake times are cut, and what is on its way makes room for it.',
  emergency: 'An emergency: what is on its way makes room for it.',
} as const
const TONE = { hotfix: 'open', emergency: 'bad' } as const

export function Hurry({ plan: { priority } }: { plan: Plan }) {
  return priority === undefined ? null : <Says tone={TONE[priority]} text={SAYS[priority]} />
}
