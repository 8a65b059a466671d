/** How far a proposal of a template is, in words. */
import type { ShownProposal } from '../api/templates.ts'
import type { Tone } from './deployment.ts'

const TONES: Readonly<Record<ShownProposal['status'], Tone>> = {
  none: 'plain',
  proposed: 'open',
  canaries: 'open',
  rest: 'open',
  held: 'bad',
  completed: 'good',
  rejected: 'bad',
  withdrawn: 'plain',
}

export const toneOf = ({ status }: Pick<ShownProposal, 'status'>): Tone => TONES[status]

export function followedInWords({
  adopted,
  affected,
  left,
}: Pick<ShownProposal, 'adopted' | 'affected' | 'left'>): string {
  const away = left.length === 0 ? '' : `, ${left.length} went another way`
  return `${Object.keys(adopted).length} of ${affected.length} have followed${away}.`
}
