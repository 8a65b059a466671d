/** A canary config of Kayenta's; defaults are those of NetflixACAJudge. */
import type { KayentaShadowMetric, Measure, Shadow } from '../../events/shadows.ts'
import type { Field } from './notes.ts'
import { readQuery } from './read-query.ts'

const METRICS_MAX = 50
const PASS = 95
const MARGINAL = 75
/** How often it is judged stands in the pipeline's stage, not here. */
const INTERVAL_MS = 10 * 60_000
const HARMLESS = [
  'id',
  'description',
  'applications',
  'configVersion',
  'createdTimestamp',
  'updatedTimestamp',
  'createdTimestampIso',
  'updatedTimestampIso',
]

export function importKayenta(field: Field): Shadow {
  const classifier = field.at('classifier')
  const thresholds = classifier.at('scoreThresholds')
  const groupWeights = Object.fromEntries(
    classifier
      .at('groupWeights')
      .entries()
      .flatMap(([group, weight]) => {
        const found = weight.number()
        return found === undefined ? [] : [[group, found] as const]
      }),
  )
  const judge = field.at('judge')
  const judgeName = judge.at('name').text()
  if (judgeName !== undefined && !judgeName.startsWith('NetflixACAJudge'))
    judge.at('name').note('is another judge: NetflixACAJudge is what is run')
  const shadow: Shadow = {
    kind: 'kayenta',
    name: field.at('name').text() ?? 'canary',
    intervalMs: INTERVAL_MS,
    pass: thresholds.at('pass').number() ?? PASS,
    marginal: thresholds.at('marginal').number() ?? MARGINAL,
    groupWeights,
    metrics: field
      .at('metrics')
      .list(METRICS_MAX)
      .flatMap((metric) => metricIn(metric) ?? []),
  }
  field.note('is judged every 10m, as nothing in it says how often')
  thresholds.leaveRest()
  classifier.leaveRest()
  field.at('kind')
  field.leaveRest('is not supported', HARMLESS)
  return shadow
}

function metricIn(metric: Field): KayentaShadowMetric | undefined {
  const name = metric.at('name').text() ?? 'metric'
  const query = metric.at('query')
  const measure = measureOf(name, query)
  query.note(
    measure === undefined
      ? 'asks for nothing that our ticks tell: the metric was left out'
      : `was taken for ${measure}, told by this platform’s own ticks`,
  )
  const canary = metric.at('analysisConfigurations').at('canary')
  const effect = canary.at('effectSize')
  const sizes = ['allowedIncrease', 'allowedDecrease', 'criticalIncrease', 'criticalDecrease']
  const outliers = canary.at('outliers')
  const strategy = outliers.at('strategy').oneOf(['keep', 'remove'])
  const found: KayentaShadowMetric = {
    name,
    measure: measure ?? 'error-rate',
    groups: metric
      .at('groups')
      .list(20)
      .flatMap((group) => group.text() ?? []),
    direction: canary.at('direction').oneOf(['increase', 'decrease', 'either']) ?? 'either',
    nanStrategy: canary.at('nanStrategy').oneOf(['remove', 'replace']) ?? 'remove',
    critical: canary.at('critical').flag(),
    mustHaveData: canary.at('mustHaveData').flag(),
    effectSize: {
      measure: effect.at('measure').oneOf(['meanRatio', 'cles']) ?? 'meanRatio',
      ...Object.fromEntries(
        sizes.flatMap((size) => {
          const value = effect.at(size).number()
          return value === undefined ? [] : [[size, value]]
        }),
      ),
    },
    ...(strategy !== undefined && { outliers: strategy }),
  }
  outliers.leaveRest('is not supported: three heights of the box are what is used')
  effect.leaveRest()
  canary.leaveRest()
  metric.leaveRest('is not supported', ['id', 'scopeName'])
  if (measure === undefined) return undefined
  return { ...found, groups: found.groups.length > 0 ? found.groups : ['ungrouped'] }
}

/** By what is asked, and by the name where that says nothing. */
function measureOf(name: string, query: Field): Measure | undefined {
  const text = JSON.stringify(query.entries().map(([, field]) => field.quietText()))
  const asked = readQuery(text.replaceAll('\\"', '"'))
  if (asked !== undefined) return asked.measure
  if (/p99|99th/i.test(name)) return 'p99-ms'
  if (/success/i.test(name)) return 'success-rate'
  if (/error|5xx|fail/i.test(name)) return 'error-rate'
  return /request|traffic|throughput/i.test(name) ? 'requests' : undefined
}
