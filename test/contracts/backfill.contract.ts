/**
 * What a back-fill relies upon in a git host: pages that end, names that stay, a word for what is
 * not there and for who may not see it. Run on the fakes, and on real hosts where the environment
 * names one, so that the fakes mean something.
 */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Backfill, BackfillPlace, Observation } from '../../src/insights/ports.ts'

export interface GitHost {
  readonly repository: string
  readonly now: number
  /** How far back it is asked. */
  readonly since: number
  /** Anew, with nothing in its memory. */
  source(as?: { readonly token?: string; readonly repository?: string }): Backfill
}

/** A real repository of years is read so far. */
const PAGES_READ = 25

export function backfillContract(makeHost: (t: TestContext) => Promise<GitHost>): void {
  const read = async ({ repository, since, now }: GitHost, source: Backfill) => {
    const told: Observation[] = []
    const places: BackfillPlace[] = []
    let at: BackfillPlace | undefined
    for (let pages = 0; pages < PAGES_READ; pages++) {
      const page = await source.page({ repository, since, at, now })
      assert.equal(page.waitUntil, undefined, 'it is out of patience')
      told.push(...page.observations)
      if (page.next === undefined) return { told, places, isWhole: true }
      at = page.next
      places.push(at)
    }
    return { told, places, isWhole: false }
  }
  const names = (told: readonly Observation[]) =>
    new Set(told.map(({ source, sourceEventId }) => `${source} ${sourceEventId}`))

  it('tells facts with names, each once, none of them later than now', async (t) => {
    const host = await makeHost(t)
    const { told, places } = await read(host, host.source())
    assert.ok(told.length > 0)
    assert.equal(names(told).size, told.length)
    for (const { occurredAt, sourceEventId } of told) {
      assert.ok(occurredAt <= host.now, sourceEventId)
      assert.notEqual(sourceEventId, '')
    }
    const seen = places.map(({ resource, page }) => `${resource} ${page}`)
    assert.equal(new Set(seen).size, seen.length, 'it comes to one place twice')
  })

  it('tells the same under the same names when it is asked again, anew or from memory', async (t) => {
    const host = await makeHost(t)
    const source = host.source()
    const [first, again, anew] = [
      await read(host, source),
      await read(host, source),
      await read(host, host.source()),
    ]
    assert.deepEqual(names(again.told), names(first.told))
    assert.deepEqual(names(anew.told), names(first.told))
  })

  it('goes on at any place it came to, whoever asks', async (t) => {
    const host = await makeHost(t)
    const { repository, since, now } = host
    const whole = await read(host, host.source())
    const [at] = whole.places.toReversed()
    const page = await host.source().page({ repository, since, at, now })
    for (const name of names(page.observations)) assert.ok(names(whole.told).has(name), name)
  })

  it('says that a repository is not there, and who may not see it, in vain to ask again', async (t) => {
    const host = await makeHost(t)
    const ask = (as: Parameters<GitHost['source']>[0]) =>
      host.source(as).page({
        ...{ repository: as?.repository ?? host.repository, since: host.since, now: host.now },
        at: undefined,
      })
    const nowhere = `${host.repository.split('/')[0]}/signalbox-has-none-of-this-name`
    await assert.rejects(async () => ask({ repository: nowhere }), {
      code: 'backfill.gone',
      retry: false,
    })
    await assert.rejects(async () => ask({ token: 'wr0ng' }), {
      code: 'backfill.forbidden',
      retry: false,
    })
  })
}

/** `SIGNALBOX_TEST_GITLAB` names a repository, `…_URL` its server, `…_TOKEN` who asks. */
export function realHost(
  name: 'GITHUB' | 'GITLAB',
  make: (about: { url: string; repository: string; token: string | undefined }) => Backfill,
  home: string,
): (() => Promise<GitHost>) | undefined {
  const { [`SIGNALBOX_TEST_${name}`]: repository, ...environment } = process.env
  if (repository === undefined) return undefined
  const url = environment[`SIGNALBOX_TEST_${name}_URL`] ?? home
  const known = environment[`SIGNALBOX_TEST_${name}_TOKEN`]
  return async () => {
    const now = Date.now()
    const source: GitHost['source'] = ({ token = known, repository: other = repository } = {}) =>
      make({ url, repository: other, token })
    return { repository, now, since: now - 14 * 86_400_000, source }
  }
}
