/** The contract of sources on a real Prometheus, which scrapes two instances of the tests. */
import { describe, type TestContext } from 'node:test'
import {
  type Arms,
  type Did,
  type MetricsHost,
  metricsContract,
} from '../../../test/contracts/metrics.contract.ts'
import {
  type Exposer,
  exposer,
  hasPrometheus,
  startPrometheus,
} from '../../../test/support/prometheus.ts'
import { until } from '../../../test/support/until.ts'
import { prometheus } from './prometheus.ts'

const ARMS = {
  canary: { deployment: 'dep_new', version: '2.0.0' },
  stable: { deployment: 'dep_old', version: '1.0.0' },
}

/** Counters that only grow, as those of a service do. */
function counting(at: Exposer) {
  const total = { requests: 1_000, bad: 10 }
  const add = ({ requests, bad }: Did) => {
    total.requests += requests
    total.bad += bad
    at.text = [
      '# TYPE requests_total counter',
      `requests_total ${total.requests}`,
      '# TYPE failures_total counter',
      `failures_total ${total.bad}`,
      '',
    ].join('\n')
  }
  add({ requests: 0, bad: 0 })
  return { add, address: at.address, stop: () => at.stop() }
}

async function host(t: TestContext): Promise<MetricsHost> {
  const services = { canary: counting(await exposer(t)), stable: counting(await exposer(t)) }
  const names = ['canary', 'stable'] as const
  const targets = names.map((arm) => {
    const labels = `{ deployment: ${ARMS[arm].deployment} }`
    return `  - { targets: ['${services[arm].address}'], labels: ${labels} }`
  })
  const server = await startPrometheus(t, ['static_configs:', ...targets].join('\n'))
  await until('both are scraped', async () => (await server.query('up == 1')).length === 2)
  const connection = { name: 'prom', url: server.url, replicaLabels: [] }
  return {
    metrics: prometheus({ ...connection, authorization: () => undefined }, Date.now),
    source: {
      source: 'prom',
      requests: 'requests_total',
      bad: ['failures_total'],
      labels: {},
      arm: { label: 'deployment', is: 'deployment' },
      instance: 'instance',
      lagMs: 1_000,
    },
    arms: ARMS,
    wrong: 'rate(requests_total[5m])',
    stranger: undefined,
    async act(...deeds: readonly Arms[]) {
      await server.scrapes(2)
      const marks = [Date.now()]
      for (const deed of deeds) {
        // Scraped after the mark, unchanged: what grows then grew after it.
        await server.scrapes(2)
        for (const arm of names) {
          const did = deed[arm]
          if (did === undefined) await services[arm].stop()
          else services[arm].add(did)
        }
        await server.scrapes(3)
        marks.push(Date.now())
      }
      await server.scrapes(2)
      return deeds.map((_, i) => ({ from: marks[i] ?? 0, to: marks[i + 1] ?? 0 }))
    },
  }
}

const skip = (await hasPrometheus()) ? false : 'prometheus is not installed'
describe('a Prometheus', { skip }, () => metricsContract(host))
