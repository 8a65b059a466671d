import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { importJudges } from './import.ts'
import { readQuery } from './read-query.ts'

const imported = (...documents: readonly unknown[]) => {
  const found = importJudges(documents)
  return 'rejected' in found ? assert.fail(found.message) : found
}
const notesOf = (document: unknown) =>
  Object.fromEntries(imported(document).notes.map(({ path, says }) => [path, says]))

const QUERY =
  'sum(rate(istio_requests_total{response_code!~"5.*"}[2m])) / sum(rate(istio_requests_total[2m]))'
const template = (metric: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisTemplate',
  metadata: { name: 'success' },
  spec: {
    args: [{ name: 'service' }],
    metrics: [
      {
        name: 'success-rate',
        interval: '5m',
        successCondition: 'result[0] >= 0.95',
        failureLimit: 3,
        provider: { prometheus: { address: 'http://prometheus', query: QUERY } },
        ...metric,
      },
    ],
  },
})

describe('an AnalysisTemplate', () => {
  it('becomes a shadow with the defaults of its documentation', () => {
    assert.deepEqual(imported(template({})).shadows, [
      {
        kind: 'argo',
        name: 'success',
        metrics: [
          {
            name: 'success-rate',
            measure: 'success-rate',
            windowMs: 120_000,
            intervalMs: 300_000,
            initialDelayMs: 0,
            count: 0,
            successCondition: 'result[0] >= 0.95',
            failureLimit: 3,
            inconclusiveLimit: 0,
            consecutiveErrorLimit: 4,
            consecutiveSuccessLimit: 0,
          },
        ],
      },
    ])
  })
  it('without an interval is measured once', () => {
    const [shadow] = imported(template({ interval: undefined })).shadows
    assert.equal(shadow?.kind === 'argo' && shadow.metrics[0]?.count, 1)
  })
  it('has each field that is not followed named', () => {
    const notes = notesOf({ ...template({ dryRun: true }), surprise: 1 })
    assert.match(notes['spec.metrics[0].dryRun'] ?? '', /not supported/)
    assert.match(notes['surprise'] ?? '', /not supported/)
    assert.match(notes['spec.args[0]'] ?? '', /has no value.*--arg service=/)
    assert.match(notes['spec.metrics[0].provider.prometheus.query'] ?? '', /success-rate/)
  })
  it('is filled in with the values of its arguments, and with those that are given', () => {
    const asked = {
      ...template({
        interval: '{{args.every}}',
        successCondition: 'result[0] >= {{ args.least }}',
      }),
    }
    const args = [
      { name: 'every', value: '2m' },
      { name: 'least', value: 0.9 },
    ]
    const document = { ...asked, spec: { ...asked.spec, args } }
    const metricOf = (given: Readonly<Record<string, string>>) => {
      const found = importJudges([document], given)
      const [shadow] = 'rejected' in found ? [] : found.shadows
      return shadow?.kind === 'argo' ? shadow.metrics[0] : undefined
    }
    assert.equal(metricOf({})?.intervalMs, 120_000)
    assert.equal(metricOf({})?.successCondition, 'result[0] >= 0.9')
    assert.equal(metricOf({ least: '0.99' })?.successCondition, 'result[0] >= 0.99')
  })
  it('is not filled in twice: a value is no template', () => {
    const asked = template({ successCondition: 'result[0] >= {{args.a}}' })
    const args = [
      { name: 'a', value: '{{args.b}}' },
      { name: 'b', value: '0.9' },
    ]
    const notes = notesOf({ ...asked, spec: { ...asked.spec, args } })
    assert.match(notes['spec.metrics[0].successCondition'] ?? '', /left out/)
  })
  it('leaves out a metric that would mean something else', () => {
    const other = template({ provider: { web: { url: 'http://x' } } })
    assert.deepEqual(imported(other).shadows[0]?.metrics, [])
    assert.match(notesOf(other)['spec.metrics[0].provider.web'] ?? '', /only queries of Prometheus/)
    const odd = template({ successCondition: 'result.ok == true' })
    assert.deepEqual(imported(odd).shadows[0]?.metrics, [])
    assert.match(notesOf(odd)['spec.metrics[0].successCondition'] ?? '', /left out/)
  })
})

describe('a Canary of Flagger’s', () => {
  const canary = (analysis: object) => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo' },
    spec: { targetRef: { name: 'podinfo' }, service: { port: 80 }, analysis },
  })
  it('becomes a shadow with its defaults', () => {
    const found = imported(
      canary({
        stepWeight: 20,
        maxWeight: 50,
        metrics: [
          { name: 'request-success-rate', thresholdRange: { min: 99 } },
          { name: 'request-duration', threshold: 500, interval: '30s' },
        ],
      }),
    )
    assert.deepEqual(found, {
      shadows: [
        {
          kind: 'flagger',
          name: 'podinfo',
          intervalMs: 60_000,
          threshold: 1,
          weights: [20, 40, 50],
          metrics: [
            { name: 'request-success-rate', measure: 'success-percent', windowMs: 60_000, min: 99 },
            { name: 'request-duration', measure: 'p99-ms', windowMs: 30_000, max: 500 },
          ],
        },
      ],
      notes: [],
    })
  })
  it('has each field that is not followed named', () => {
    const notes = notesOf(
      canary({
        webhooks: [{}],
        alerts: [{}],
        metrics: [{ name: 'mine', templateRef: { name: 'x' } }],
      }),
    )
    for (const name of ['webhooks', 'alerts'])
      assert.match(notes[`spec.analysis.${name}`] ?? '', /not supported/)
    assert.match(notes['spec.analysis.metrics[0].templateRef'] ?? '', /no MetricTemplate x/)
    assert.match(notes['spec.analysis.metrics[0]'] ?? '', /left out/)
  })
  it('takes its queries from the MetricTemplates beside it', () => {
    const metricTemplate = (provider: string) => ({
      kind: 'MetricTemplate',
      metadata: { name: 'failures', namespace: 'test' },
      spec: {
        provider: { type: provider, address: 'http://prometheus' },
        query: `100 - sum(rate(http_total{status!~"5.*"}[{{ interval }}]))
          / sum(rate(http_total[{{ interval }}])) * 100`,
      },
    })
    const mine = canary({
      metrics: [
        {
          name: 'failures',
          templateRef: { name: 'failures', namespace: 'test' },
          thresholdRange: { max: 1 },
        },
      ],
    })
    const found = imported(mine, metricTemplate('prometheus'))
    assert.deepEqual(found.shadows[0]?.metrics, [
      { name: 'failures', measure: 'error-percent', windowMs: 60_000, max: 1 },
    ])
    assert.ok(found.notes.every(({ says }) => !/no kind that is known/.test(says)))
    const other = imported(metricTemplate('newrelic'), mine)
    assert.deepEqual(other.shadows[0]?.metrics, [])
    assert.ok(other.notes.some(({ says }) => /newrelic/.test(says)))
  })
  it('stepWeights and iterations say how often it looks', () => {
    const weights = (analysis: object) => {
      const [shadow] = imported(canary(analysis)).shadows
      return shadow?.kind === 'flagger' ? shadow.weights : []
    }
    assert.deepEqual(weights({ stepWeights: [1, 5, 80] }), [1, 5, 80])
    assert.equal(weights({ iterations: 10 }).length, 10)
  })
})

describe('a canary config of Kayenta’s', () => {
  const config = {
    name: 'checkout',
    judge: { name: 'NetflixACAJudge-v1.0', judgeConfigurations: {} },
    metrics: [
      {
        name: 'error rate',
        query: { type: 'prometheus', metricName: 'errors' },
        groups: ['errors'],
        analysisConfigurations: {
          canary: {
            direction: 'increase',
            critical: true,
            effectSize: { measure: 'cles', allowedIncrease: 0.6 },
            outliers: { strategy: 'remove' },
          },
        },
      },
      { name: 'cpu', query: { type: 'stackdriver' }, groups: ['system'] },
    ],
    classifier: { groupWeights: { errors: 100 }, scoreThresholds: { pass: 90, marginal: 60 } },
    templates: { a: 'b' },
  }
  it('becomes a shadow, and what is not followed is named', () => {
    const { shadows } = imported(config)
    assert.deepEqual(shadows, [
      {
        kind: 'kayenta',
        name: 'checkout',
        intervalMs: 600_000,
        pass: 90,
        marginal: 60,
        groupWeights: { errors: 100 },
        metrics: [
          {
            name: 'error rate',
            measure: 'error-rate',
            groups: ['errors'],
            direction: 'increase',
            nanStrategy: 'remove',
            critical: true,
            mustHaveData: false,
            effectSize: { measure: 'cles', allowedIncrease: 0.6 },
            outliers: 'remove',
          },
        ],
      },
    ])
    const notes = notesOf(config)
    assert.match(notes['metrics[1].query'] ?? '', /left out/)
    assert.match(notes['templates'] ?? '', /not supported/)
  })
})

describe('a query', () => {
  const of = (query: string) => readQuery(query)?.measure
  it('is taken for what it divides', () => {
    assert.equal(of('sum(rate(x{status=~"5.."}[1m])) / sum(rate(x[1m]))'), 'error-rate')
    assert.equal(of('sum(rate(x{status!~"5.."}[1m])) / sum(rate(x[1m])) * 100'), 'success-percent')
    assert.equal(of('1 - sum(rate(x{code=~"5.."}[1m])) / sum(rate(x[1m]))'), 'success-rate')
    assert.equal(of('histogram_quantile(0.99, sum by (le) (rate(x_seconds_bucket[1m])))'), 'p99-s')
    assert.equal(of('histogram_quantile(0.5, x)'), undefined)
    assert.equal(of('sum(memory_bytes)'), undefined)
  })
})

describe('anything at all', () => {
  it('is imported or refused, and never fails', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (spec, metric) => {
        importJudges([{ kind: 'AnalysisTemplate', spec: { metrics: [metric, spec] } }])
        importJudges([{ kind: 'Canary', spec: { analysis: spec, metrics: [metric] } }])
        importJudges([{ classifier: spec, metrics: [metric] }, spec])
      }),
    ))
  it('that is none of these says what is', () => {
    const found = importJudges([{ kind: 'Deployment' }, null, 7])
    assert.ok('rejected' in found)
    assert.match(found.message, /no AnalysisTemplate/)
  })
})
