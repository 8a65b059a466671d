/** What a release takes away that older ones may need, as the line of its service tells. */
import type { Reads } from '#engine/sql.ts'
import type { NoReturnStep } from '#rollouts/events/no-return.ts'
import type { FloorQuestion } from '../compatibility/floor.ts'
import { broughtBy, isTaking, type Need, needOf, takingsOf } from '../compatibility/no-return.ts'
import { releaseNamed } from '../queries.ts'
import { lineOf } from './compatibility.ts'

export interface Taken {
  /** The worst of each release first. */
  readonly steps: readonly NoReturnStep[]
  readonly count: number
}

/** By the releases that come with it too. */
export async function takenBy(
  reads: Reads,
  {
    service,
    release,
    applied,
  }: {
    readonly service: string
    readonly release: string
  } & Pick<FloorQuestion, 'applied'>,
): Promise<Taken> {
  const brought = broughtBy({ line: await lineOf(reads, service), applied }, release)
  const taking = brought.filter((each) => takingsOf(each) > 0)
  const steps: NoReturnStep[] = []
  for (const { release: id } of taking) {
    const known = await releaseNamed(reads, id)
    for (const step of known?.schema?.steps.filter(isTaking) ?? []) {
      const { path, line, kind, statement, reason } = step
      steps.push({ version: known?.version ?? '', kind, path, line, statement, reason })
    }
  }
  const rank = ({ kind }: NoReturnStep) => Number(kind === 'contract')
  return {
    steps: steps.toSorted((a, b) => rank(a) - rank(b)),
    count: taking.reduce((sum, each) => sum + takingsOf(each), 0),
  }
}

export type OlderNeed = Need & { readonly older: string; readonly version: string }

/** Which of the older ones need what this release takes away. */
export async function needsOf(
  reads: Reads,
  {
    service,
    release,
    older,
  }: { readonly service: string; readonly release: string; readonly older: readonly string[] },
): Promise<readonly OlderNeed[]> {
  const line = await lineOf(reads, service)
  const newer = line.find((each) => each.release === release)
  if (newer === undefined) return []
  return line
    .filter((each) => older.includes(each.release))
    .flatMap((each) => {
      const need = needOf(each, newer)
      return need === undefined ? [] : [{ ...need, older: each.release, version: each.version }]
    })
}
