/** What stands beside the verdict and decides nothing, or little: other judges, and gauges. */
import type { DeploymentDetail, ShadowVerdict } from '../../api/rollouts.ts'
import type { Tone } from '../../format/deployment.ts'
import { count } from '../../format/text.ts'

interface Said {
  readonly tone: Tone
  readonly text: string
}

const JUDGE = { argo: 'Argo Rollouts', flagger: 'Flagger', kayenta: 'Kayenta' } as const

export const judgeOf = ({ kind }: Pick<ShadowVerdict, 'kind'>) => JUDGE[kind]

export function shadowInWords({ verdict, tick }: ShadowVerdict, isMeasured: boolean): Said {
  if (!isMeasured) return { tone: 'plain', text: 'nothing yet: nothing was measured' }
  const when = tick === null ? '' : `, in measurement ${count(tick)}`
  switch (verdict) {
    case 'rollback':
      return { tone: 'bad', text: `take it back${when}` }
    case 'hold':
      return { tone: 'open', text: `hold it${when}` }
    case 'promote':
      return { tone: 'good', text: `promote it${when}` }
    case 'watching':
      return { tone: 'plain', text: 'watch on' }
  }
}

type Asked = NonNullable<NonNullable<DeploymentDetail['plan']['analysis']['source']>['gauges']>

/** One gauge: where it stands, against its most, and how often it was beyond that. */
export function gaugeInWords(
  { name, max, then }: Asked[number],
  ticks: readonly Pick<DeploymentDetail['ticks'][number], 'gauges'>[],
): Said {
  const told = ticks.flatMap(({ gauges }) => gauges[name] ?? [])
  const last = told.at(-1)
  if (last === undefined) return { tone: 'plain', text: `not told yet; its most is ${short(max)}` }
  const beyond = told.filter((value) => value > max).length
  const often = `${count(beyond)} of ${count(told.length)} times`
  if (last > max) {
    const effect = then === 'hold' ? 'the next step waits' : 'a warning, it holds nothing'
    return { tone: then === 'hold' ? 'bad' : 'open', text: `${over(last, max)}: ${effect}` }
  }
  const was = beyond === 0 ? '' : `, beyond it ${often}`
  const tone = beyond === 0 ? 'good' : 'open'
  return { tone, text: `${short(last)} of at most ${short(max)}${was}` }
}

const over = (value: number, max: number) => `${short(value)}, more than ${short(max)}`

/** Bytes or shares, nobody says which: four digits tell enough of either. */
const short = (value: number) =>
  new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 4 }).format(value)
