/** Where a run took place that no runner of ours executed, in words. */
import type { Run } from '../api/types.ts'

type Origin = NonNullable<Run['origin']>

const NAMES: Readonly<Record<Origin['system'], string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  circleci: 'CircleCI',
  buildkite: 'Buildkite',
  jenkins: 'Jenkins',
  other: 'another CI',
}

export const systemInWords = ({ system }: Origin): string => NAMES[system]

/** What was signed for, or that nothing was. */
export function vouchedInWords({ issuer, vouched }: Origin): string {
  if (issuer === null || vouched.length === 0) return 'nobody signed for it'
  return `${issuer} signed for its ${vouched.join(', ')}`
}
