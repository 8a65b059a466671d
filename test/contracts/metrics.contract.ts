/**
 * What the judge relies upon in a place that counts: numbers of events by arm and instance, between
 * two instants. Run on the fake, so that other tests mean something, and on real ones, so that the
 * fake does.
 */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { AnalysisSource, Metrics, MetricsAsk } from '../../src/rollouts/ports.ts'

export interface Did {
  readonly requests: number
  readonly bad: number
}
export type Arms = Readonly<Partial<Record<'canary' | 'stable', Did>>>
interface Span {
  readonly from: number
  readonly to: number
}

/** A service with one instance of each arm, which does what it is told. */
export interface MetricsHost {
  readonly metrics: Metrics
  readonly source: AnalysisSource
  readonly arms: { readonly canary: MetricsAsk['arms']['canary']; readonly stable: ArmName }
  /** It cannot be counted by: a query that the source would refuse. */
  readonly wrong: string
  /** The same place, asked with the wrong key; undefined where there is none. */
  readonly stranger: Metrics | undefined
  /**
   * Does one after the other, and tells in which spans, when these can be asked for: each begins
   * where the one before it ends. An arm that is left out is not heard of in that span.
   */
  act(...deeds: readonly Arms[]): Promise<readonly Span[]>
}
type ArmName = MetricsAsk['arms']['canary']

/** Each test has a host of its own, and ends it by its own context. */
export function metricsContract(makeHost: (t: TestContext) => Promise<MetricsHost>): void {
  const asking =
    ({ metrics, source, arms }: MetricsHost) =>
    async (span: Span | undefined) => {
      assert.ok(span !== undefined)
      const slot = { service: 'shop', environment: 'prod' }
      const { instances } = await metrics.between({ slot, source, arms, ...span })
      return instances
        .map(({ arm, requests, bad }) => ({ arm, requests, bad }))
        .toSorted((a, b) => (a.arm < b.arm ? -1 : 1))
    }

  it('tells numbers of events, of both arms apart, and the same whenever asked', async (t) => {
    const host = await makeHost(t)
    const canary = { requests: 40, bad: 3 }
    const stable = { requests: 900, bad: 0 }
    const [span] = await host.act({ canary, stable })
    const told = [
      { arm: 'canary', ...canary },
      { arm: 'stable', ...stable },
    ]
    const ask = asking(host)
    assert.deepEqual(await ask(span), told)
    assert.deepEqual(await ask(span), told)
  })

  it('counts nothing twice and loses nothing between spans that meet', async (t) => {
    const host = await makeHost(t)
    const deeds = [
      { canary: { requests: 7, bad: 1 }, stable: { requests: 100, bad: 2 } },
      { canary: { requests: 13, bad: 0 }, stable: { requests: 200, bad: 5 } },
    ]
    const spans = await host.act(...deeds)
    const [first, second] = spans
    assert.ok(first !== undefined && second !== undefined)
    const between = Math.round((first.from + first.to) / 2)
    const ask = asking(host)
    const parts = [
      await ask({ from: first.from, to: between }),
      await ask({ from: between, to: first.to }),
      await ask(second),
    ]
    const sum = (arm: string, of: 'requests' | 'bad') =>
      parts.flat().reduce((all, each) => (each.arm === arm ? all + each[of] : all), 0)
    assert.deepEqual([sum('canary', 'requests'), sum('canary', 'bad')], [20, 1])
    assert.deepEqual([sum('stable', 'requests'), sum('stable', 'bad')], [300, 7])
  })

  it('leaves out who was not heard of: that is no zero', async (t) => {
    const host = await makeHost(t)
    const both = { canary: { requests: 5, bad: 0 }, stable: { requests: 50, bad: 1 } }
    const [, silent] = await host.act(both, { stable: { requests: 60, bad: 1 } })
    assert.deepEqual(await asking(host)(silent), [{ arm: 'stable', requests: 60, bad: 1 }])
  })

  it('keeps two arms of one name apart from evidence, and refuses what it cannot ask', async (t) => {
    const host = await makeHost(t)
    const { metrics, source, arms, wrong } = host
    const slot = { service: 'shop', environment: 'prod' }
    const [from, to] = [Date.now() - 60_000, Date.now() - 30_000]
    const alike = { canary: arms.canary, stable: arms.canary }
    const ask = { slot, source, from, to }
    await assert.rejects(metrics.between({ ...ask, arms: alike }), { code: 'metrics.arms-alike' })
    const { template: _, ...own } = source
    metrics.check(source)
    assert.throws(
      () => metrics.check({ ...own, requests: wrong, bad: [wrong] }),
      (error: Error) => {
        assert.match((error as Error & { code?: string }).code ?? '', /^metrics\./)
        return true
      },
    )
  })

  it('says that it may not ask, and tells no key', async (t) => {
    const { stranger, source, arms } = await makeHost(t)
    if (stranger === undefined) return t.skip('asks for no key')
    const slot = { service: 'shop', environment: 'prod' }
    const [from, to] = [Date.now() - 60_000, Date.now() - 30_000]
    await assert.rejects(stranger.between({ slot, source, arms, from, to }), (error: Error) => {
      assert.equal((error as Error & { code?: string }).code, 'metrics.forbidden')
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /s3cret/)
      return true
    })
  })
}
