import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readConfig } from './config.ts'
import { settingsInForce } from './settings-in-force.ts'

const SECRET = 'not-to-be-seen'

it('tells what is set, and of what may hold a secret no more than that', () => {
  const rows = settingsInForce(
    readConfig({
      HOME: '/home/olga',
      DATABASE_URL: `postgres://olga:${SECRET}@db/signalbox`,
      SIGNALBOX_CACHE_SALT: SECRET,
      SIGNALBOX_LOG_SECRETS: `env:${'A'.repeat(3)}`,
      SIGNALBOX_RUNNER_SECRETS: 'env:CI_TOKEN',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:4318/v1/metrics',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${SECRET}`,
      SIGNALBOX_ROLE: 'api',
    }),
  )
  const value = (of: string) => rows.find(({ name }) => name === of)?.value
  assert.deepEqual(
    ['SIGNALBOX_ROLE', 'DATABASE_URL', 'SIGNALBOX_PUBLIC_URL', 'SIGNALBOX_CACHE_AGE'].map(value),
    ['api', 'set', null, '30d'],
  )
  assert.ok(!JSON.stringify(rows).includes(SECRET))
  assert.ok(rows.every(({ help }) => help !== ''))
})
