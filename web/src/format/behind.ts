/** How far what a slot holds is from the newest release that may go there. */
import type { Release } from '../api/types.ts'
import type { InWords } from './deployment.ts'

/** `releases` newest first; undefined: it is not among them. */
export function behindInWords(
  release: string,
  releases: readonly Pick<Release, 'release' | 'version' | 'vetoes'>[],
  environment: string,
): InWords | undefined {
  const at = releases.findIndex((each) => each.release === release)
  if (at === -1) return undefined
  const isFor = ({ vetoes }: Pick<Release, 'vetoes'>) =>
    !vetoes.includes('*') && !vetoes.includes(environment)
  const newer = releases.slice(0, at).filter(isFor)
  const [newest] = newer
  if (newest === undefined) return { text: 'the newest there is', tone: 'good' }
  const many = newer.length === 1 ? '1 release' : `${newer.length} releases`
  return { text: `${many} behind ${newest.version}`, tone: 'open' }
}
