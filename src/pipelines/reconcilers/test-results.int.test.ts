import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { one, startRig } from '../../../test/support/test-results-rig.ts'
import { until } from '../../../test/support/until.ts'
import { caseHistories } from '../queries/tests.ts'

const good = ['a', 'b', 'c', 'd'].map((id) => one(id))

test('what answers both ways becomes flaky, is quarantined and released', async (t) => {
  const place = await startRig(t)
  for (const sha of ['c1', 'c2']) {
    await place.attempt(sha, 1, [...good, one('pays', 'bad')])
    await place.attempt(sha, 2, [...good, one('pays')])
  }
  const flaky = await until('pays is flaky', async () => {
    const [row] = await place.list('?service=shop')
    return row?.['state'] === 'flaky' ? row : undefined
  })
  assert.equal(flaky['case'], 'pays')
  assert.equal(flaky['message'], 'pays was late')
  const histories = await until('all four are folded', async () => {
    const now = await caseHistories(place.engine.reads, 'shop', ['pays', 'a'])
    return now.get('pays')?.recent.length === 4 && now
  })
  assert.equal(histories.get('a')?.p75Ms, 20)

  // Not yet quarantined: it fails its job.
  await place.attempt('c3', 1, [...good, one('pays', 'bad')])
  assert.equal((await place.job('c3'))?.status, 'waiting')

  const path = `/flaky/${String(flaky['id'])}`
  const body = { owner: 'team-shop', issue: 'SHOP-1', reason: 'the fake bank is slow' }
  assert.equal((await place.post(`${path}/quarantine`, { ...body, issue: 'soon' })).status, 400)
  assert.equal(
    (await place.post(`${path}/quarantine`, { ...body, expiresIn: '15d' })).json['code'],
    'case.too-long',
  )
  const held = await place.post(`${path}/quarantine`, { ...body, expiresIn: '14d' })
  assert.equal(held.status, 200)
  assert.equal(held.json['state'], 'quarantined')

  // From now on it does not; and the run says so.
  await place.attempt('c4', 1, [...good, one('pays', 'bad')])
  const excused = await place.job('c4')
  assert.equal(excused?.outcome, 'succeeded')
  assert.equal(excused?.exitCode, 1)
  assert.deepEqual(excused?.tested?.quarantined, { count: 1, names: ['pays'] })

  // Whatever else fails still does.
  await place.attempt('c5', 1, [one('a', 'bad'), ...good.slice(1), one('pays', 'bad')])
  assert.equal((await place.job('c5'))?.status, 'waiting')

  const released = await place.post(`${path}/release`, { reason: 'mended by SHOP-1' })
  assert.equal(released.json['state'], 'flaky')
  await place.attempt('c6', 1, [...good, one('pays', 'bad')])
  assert.equal((await place.job('c6'))?.status, 'waiting')
})

test('a quarantine ends when its time is over, by itself', async (t) => {
  const place = await startRig(t)
  await place.attempt('c1', 1, [...good, one('pays', 'retried')])
  const row = await until('pays is suspect', async () => (await place.list('?state=suspect'))[0])
  await place.attempt('c2', 1, [...good, one('pays')])
  await until('both commits are folded', async () => {
    const histories = await caseHistories(place.engine.reads, 'shop', ['pays'])
    return histories.get('pays')?.recent.length === 2 || undefined
  })
  const body = { owner: 'team-shop', issue: '#7', reason: 'the fake bank is slow' }
  const path = `/flaky/${String(row['id'])}`
  const held = await place.post(`${path}/quarantine`, { ...body, expiresIn: '1s' })
  assert.equal(held.status, 200)
  const over = await until('the quarantine is over', async () => {
    const { json } = await place.get(path)
    return json['quarantine'] === null ? json : undefined
  })
  assert.equal((over['ended'] as { why: string }).why, 'expired')
})

test('a pass on a retry is told: new the first time, known from then on', async (t) => {
  const place = await startRig(t)
  await place.attempt('c1', 1, [...good, one('pays', 'retried')], 'succeeded')
  assert.deepEqual((await place.job('c1'))?.tested?.retriedNew, { count: 1, names: ['pays'] })
  await until('pays is known', async () => (await place.list(''))[0])
  await place.attempt('c2', 1, [...good, one('pays', 'retried')], 'succeeded')
  assert.deepEqual((await place.job('c2'))?.tested?.retriedKnown, { count: 1, names: ['pays'] })
})

test('what is new with a change, or broken, is not quarantined', async (t) => {
  const place = await startRig(t)
  await place.attempt('c1', 1, [...good, one('fresh', 'retried')])
  const row = await until('fresh is known', async () => (await place.list(''))[0])
  const body = { owner: 'team-shop', issue: '#7', reason: 'the fake bank is slow' }
  const path = `/flaky/${String(row['id'])}`
  assert.equal((await place.post(`${path}/quarantine`, body)).json['code'], 'case.new')
  for (const sha of ['c2', 'c3', 'c4', 'c5', 'c6'])
    await place.attempt(sha, 1, [...good, one('fresh', 'bad')])
  await until(
    'fresh is broken',
    async () => (await place.get(path)).json['isBroken'] === true || undefined,
  )
  assert.equal((await place.post(`${path}/quarantine`, body)).json['code'], 'case.broken')
  const nobody = await place.post('/flaky/tst_nobody/quarantine', body)
  assert.deepEqual([nobody.status, nobody.json['code']], [404, 'case.unknown'])
})

test('an outage scores no test, and a document that lies is passed over', async (t) => {
  const place = await startRig(t)
  const all = ['a', 'b', 'c', 'd', 'e']
  await place.attempt(
    'c1',
    1,
    all.map((id) => one(id, 'bad')),
  )
  await place.attempt(
    'c1',
    2,
    all.map((id) => one(id)),
  )
  const liar = gzipSync('{"version":1,"isCut":false,"cases":2}\n{"id":"a"}')
  await place.attempt('c2', 1, { bytes: liar })
  await place.attempt(
    'c3',
    1,
    all.map((id) => one(id)),
  )
  await until('the believed reports are folded', async () => {
    const histories = await caseHistories(place.engine.reads, 'shop', ['a'])
    return histories.get('a')?.recent.length === 2 || undefined
  })
  assert.deepEqual(await place.list(''), [])
  // Folded once more from nothing it is the same.
  const before = await caseHistories(place.engine.reads, 'shop', all)
  await place.engine.rebuild()
  await place.engine.wake([{ kind: 'test-histories', key: 'shop' }])
  await until('they are folded again', async () => {
    const now = await caseHistories(place.engine.reads, 'shop', all)
    return now.get('e')?.recent.length === 2 || undefined
  })
  assert.deepEqual(await caseHistories(place.engine.reads, 'shop', all), before)
})
