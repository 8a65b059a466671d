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
    assert.match(notes['spec.args[0]'] ?? '', /not filled in/)
    assert.match(notes['spec.metrics[0].provider.prometheus.query'] ?? '', /success-rate/)
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
    assert.match(notes['spec.analysis.metrics[0].templateRef'] ?? '', /not followed/)
    assert.match(notes['spec.analysis.metrics[0]'] ?? '', /left out/)
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
          },
        ],
      },
    ])
    const notes = notesOf(config)
    assert.match(
      notes['metrics[0].analysisConfigurations.canary.outliers'] ?? '',
      /outliers are kept/,
    )
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
