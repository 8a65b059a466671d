/** The contract of sources on the strict fake, and, where keys are given, on Datadog itself. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'node:test'
import type { AnalysisSource } from '#rollouts/ports.ts'
import {
  type Arms,
  type MetricsHost,
  metricsContract,
} from '../../../test/contracts/metrics.contract.ts'
import { datadogAccount, sendCounts } from '../../../test/support/datadog-account.ts'
import { type FakeSeries, fakeDatadog } from '../../../test/support/fake-datadog.ts'
import { datadog } from './datadog.ts'
import { STEP_MS } from './query.ts'

const ARMS = {
  canary: { deployment: 'dep_new', version: '2.0.0' },
  stable: { deployment: 'dep_old', version: '1.0.0' },
}
/** Of metrics that nobody else writes: the real one keeps what it is given. */
const sourceOf = (shop: string): AnalysisSource => ({
  source: 'dd',
  requests: 'signalbox.contract.requests',
  bad: ['signalbox.contract.failures'],
  labels: { shop },
  arm: { label: 'version', is: 'version' },
  instance: 'instance',
  lagMs: 60_000,
})

/** Two steps each, the deeds in the second: what ends at a span's edge belongs to it alone. */
function seriesOf(shop: string, start: number, deeds: readonly Arms[]): readonly FakeSeries[] {
  return (['canary', 'stable'] as const).flatMap((arm) => {
    const points = (of: 'requests' | 'bad') =>
      deeds.flatMap((deed, i) => {
        const did = deed[arm]
        const at = start + (2 * i + 1) * STEP_MS
        return did === undefined ? [] : [[at, did[of]] as const]
      })
    const tags = { shop, version: ARMS[arm].version, instance: `${arm}-1` }
    return [
      { metric: 'signalbox.contract.requests', tags, points: points('requests') },
      { metric: 'signalbox.contract.failures', tags, points: points('bad') },
    ]
  })
}

const spansOf = (start: number, deeds: readonly Arms[]) =>
  deeds.map((_, i) => ({ from: start + 2 * i * STEP_MS, to: start + 2 * (i + 1) * STEP_MS }))

/** A while ago, so that every step has ended. */
const startNow = () => Math.floor((Date.now() - 300_000) / STEP_MS) * STEP_MS

describe('the Datadog of the tests', () =>
  metricsContract(async (t): Promise<MetricsHost> => {
    const fake = await fakeDatadog(t)
    const keyed = (keys: typeof fake.keys) =>
      datadog({ name: 'dd', site: fake.site, keys: () => keys }, Date.now)
    return {
      metrics: keyed(fake.keys),
      source: sourceOf('one'),
      arms: ARMS,
      wrong: 'signalbox.contract.requests.as_rate()',
      stranger: keyed({ ...fake.keys, application: 'other-s3cret' }),
      async act(...deeds) {
        const start = startNow()
        fake.series.push(...seriesOf('one', start, deeds))
        return spansOf(start, deeds)
      },
    }
  }))

const account = datadogAccount()
const SKIPPED = 'NOT TRIED ON THE REAL DATADOG: give SIGNALBOX_TEST_DD_SITE, _API_KEY and _APP_KEY'
/** What was sent can be asked for within a minute or two, mostly. */
const SEEN_WITHIN_MS = 240_000

describe('the real Datadog', { skip: account === undefined ? SKIPPED : false }, () =>
  metricsContract(async (): Promise<MetricsHost> => {
    assert.ok(account !== undefined)
    const { site, api } = account
    const shop = randomUUID()
    const keyed = (app: string) =>
      datadog({ name: 'dd', site, keys: () => ({ api, application: app }) }, Date.now)
    const metrics = keyed(account.application)
    const source = sourceOf(shop)
    return {
      metrics,
      source,
      arms: ARMS,
      wrong: 'signalbox.contract.requests.as_rate()',
      stranger: keyed('0'.repeat(40)),
      async act(...deeds) {
        const start = startNow()
        await sendCounts(account, seriesOf(shop, start, deeds), STEP_MS / 1000)
        const spans = spansOf(start, deeds)
        const span = spans.at(-1) ?? assert.fail('nothing was to be done')
        const slot = { service: 'shop', environment: 'prod' }
        const deadline = Date.now() + SEEN_WITHIN_MS
        for (;;) {
          const { instances } = await metrics.between({ slot, source, arms: ARMS, ...span })
          if (instances.length === Object.keys(deeds.at(-1) ?? {}).length) return spans
          assert.ok(Date.now() < deadline, 'what was sent cannot be asked for')
          await sleep(STEP_MS)
        }
      },
    }
  }),
)
