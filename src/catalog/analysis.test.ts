import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { analysisManifest, analysisSource } from './analysis.ts'
import type { ServiceSpec } from './events.ts'
import { refuseSource } from './sources.ts'

const source = { source: 'prom', template: 'istio' }
const problem = (said: unknown) => {
  const read = analysisManifest.safeParse(said)
  return read.success ? undefined : read.error.issues[0]?.message
}

describe('spec.analysis', () => {
  it('left out, or of the router, is nothing', () => {
    assert.equal(analysisSource(undefined), undefined)
    assert.equal(analysisSource(analysisManifest.parse({})), undefined)
    assert.equal(analysisSource(analysisManifest.parse({ source: 'router' })), undefined)
  })
  it('tells releases apart by deployment, and closes a tick after twenty seconds', () => {
    assert.deepEqual(analysisSource(analysisManifest.parse(source)), {
      ...source,
      labels: {},
      arm: { label: 'deployment', is: 'deployment' },
      instance: 'instance',
      lagMs: 20_000,
    })
    assert.equal(analysisSource(analysisManifest.parse({ ...source, lag: '1m' }))?.lagMs, 60_000)
  })
  it('is refused where it makes no sense', () => {
    const sli = { name: 'orders', bad: 'a', total: 'b' }
    assert.match(problem({ source: 'prom' }) ?? '', /template, or requests and bad/)
    assert.match(problem({ ...source, requests: 'a', bad: ['b'] }) ?? '', /one of the two/)
    assert.match(problem({ source: 'router', slis: [sli] }) ?? '', /router counts/)
    assert.match(problem({ ...source, slis: [sli, sli] }) ?? '', /names that differ/)
    assert.match(problem({ ...source, slis: [{ ...sli, name: 'p99' }] }) ?? '', /no metric of/)
    assert.match(problem({ ...source, lag: '1h' }) ?? '', /5m at most/)
    assert.match(problem({ ...source, labels: { 'a-b': 'x' } }) ?? '', /./)
    assert.match(problem({ ...source, url: 'http://x' }) ?? '', /Unrecognized key/)
    assert.equal(problem({ source: 'prom', requests: 'a', bad: ['b'] }), undefined)
  })
})

describe('a connection that a service is measured by', () => {
  const sources = {
    names: ['prom-eu', 'prom-us'],
    problemOf: ({ template }: { template?: string | undefined }) =>
      template === 'odd' ? { message: 'No template odd.', remedy: 'Take istio.' } : undefined,
  }
  const apply = (analysis?: { source: string; template?: string }) =>
    refuseSource(sources, {
      type: 'service.apply',
      spec: { name: 'shop', analysis } as ServiceSpec,
    } as { type: string })
  it('has to be there', () => {
    assert.equal(apply(), undefined)
    assert.equal(apply({ source: 'prom-eu' }), undefined)
    assert.equal(apply({ source: 'prom-eux' })?.code, 'service.unknown-source')
    assert.match(apply({ source: 'prom-eux' })?.remedy ?? '', /Did you mean prom-eu\?/)
    assert.match(apply({ source: 'elsewhere' })?.remedy ?? '', /SIGNALBOX_METRICS/)
    assert.equal(refuseSource(sources, { type: 'run.cancel' }), undefined)
  })
  it('has to understand what it is asked', () => {
    const refused = apply({ source: 'prom-eu', template: 'odd' })
    assert.deepEqual(
      [refused?.code, refused?.message, refused?.remedy],
      ['service.unusable-source', 'No template odd.', 'Take istio.'],
    )
  })
})
