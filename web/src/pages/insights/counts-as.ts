/** As what a deployment was counted, in words; what was not is said to be so. */
import type { CountedDeployment } from '../../api/insights.ts'
import type { InWords } from '../../format/deployment.ts'
import type { FigureName } from '../../format/dora.ts'
import { duration } from '../../format/text.ts'

const NOT: InWords = { text: 'not counted', tone: 'plain' }

export function countedInWords(
  figure: FigureName,
  {
    deploymentFrequency,
    changeFailureRate,
    recoveryTime,
    reworkRate,
  }: CountedDeployment['counted'],
): InWords {
  switch (figure) {
    case 'deploymentFrequency':
      return deploymentFrequency === null ? NOT : { text: 'a deployment', tone: 'good' }
    case 'changeFailureRate':
      if (changeFailureRate === null) return NOT
      return { text: changeFailureRate, tone: changeFailureRate === 'fine' ? 'good' : 'bad' }
    case 'recoveryTime':
      if (recoveryTime === null) return NOT
      if (recoveryTime === 'open') return { text: 'not recovered', tone: 'bad' }
      return { text: `recovered in ${duration(recoveryTime)}`, tone: 'open' }
    case 'reworkRate':
      return { text: reworkRate, tone: reworkRate === 'planned' ? 'good' : 'open' }
    case 'leadTime':
      return NOT
  }
}
