import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { z } from 'zod'
import { QUICK, rolloutRig } from '../../../test/support/rollout-rig.ts'
import { serve } from '../../../test/support/routes.ts'
import { routes } from './room.ts'
import type {
  deploymentDetail,
  deploymentSummary,
  explanation,
  promotionDetail,
  promotionSummary,
  slotDetail,
  slotSummary,
} from './shapes.ts'

const MINUTE = 60_000
const order = { service: 'shop', environment: 'prod' }
type Problem = { readonly code: string; readonly remedy: string }

/** Version 1.0.0 is in dev and waits for prod, where it takes one approval. */
async function room(t: TestContext) {
  const rig = await rolloutRig(t)
  await rig.environments('dev', 'prod')
  const approvals = { count: 1, ownersMin: 0 }
  await rig.policy({ ...QUICK, '*/production': { ...QUICK['*/production'], approvals } })
  await rig.service({ name: 'shop' })
  for (const name of ['ana', 'ben']) await rig.person(name, ['admin'], ['team-web'])
  await rig.run(1_000)
  await rig.release('shop', '1.0.0', 'ana@x')
  await rig.run(MINUTE)
  const as = serve(t, routes({ target: rig.target }), { engine: rig.engine, now: rig.clock.now })
  const waiting = async (): Promise<z.infer<typeof promotionSummary>> => {
    const { json } = await as('ana')('GET', '/promotions?open=true&environment=prod')
    const [first]: z.infer<typeof promotionSummary>[] = json
    assert.ok(first)
    return first
  }
  return { rig, as, ana: as('ana'), ben: as('ben'), waiting }
}

describe('promotions over HTTP', () => {
  it('say why they wait, who can act, and what happened', async (t) => {
    const { ana, waiting } = await room(t)
    const { id } = await waiting()
    const { json } = await ana('GET', `/promotions/${id}`)
    const detail: z.infer<typeof promotionDetail> = json
    assert.equal(detail.verdict?.verdict, 'wait')
    assert.deepEqual(detail.verdict.whoCanAct, ['ben'])
    assert.deepEqual([detail.approvals.missing, detail.plan.version], [1, '1.0.0'])
    assert.deepEqual(
      detail.history.map(({ type }) => type),
      ['promotion.planned', 'promotion.judged'],
    )
  })

  it('are approved by who may, and then go', async (t) => {
    const { rig, ana, ben, waiting } = await room(t)
    const { id } = await waiting()
    const refused = await ana('POST', `/promotions/${id}/approve`, { note: 'mine' })
    assert.deepEqual(
      [refused.status, (refused.json as Problem).code],
      [409, 'promotion.approver-is-author'],
    )
    const stale = await ben('POST', `/promotions/${id}/approve`, { planHash: 'sha256:other' })
    assert.equal((stale.json as Problem).code, 'promotion.plan-changed')
    const { status, json } = await ben('POST', `/promotions/${id}/approve`, { note: 'fine' })
    const approved: z.infer<typeof promotionDetail> = json
    assert.deepEqual([status, approved.approvals.missing], [200, 0])
    assert.deepEqual(approved.approvals.given[0]?.teams, ['team-web'])
    assert.equal(approved.verdict?.verdict, 'allow')
    await rig.run()
    const after = await ben('GET', `/promotions/${id}`)
    assert.equal((after.json as z.infer<typeof promotionDetail>).outcome, 'succeeded')
  })

  it('are approved without a word', async (t) => {
    const { ben, waiting } = await room(t)
    const { id } = await waiting()
    const { status } = await ben('POST', `/promotions/${id}/approve`)
    assert.equal(status, 200)
  })

  it('are rejected with a reason, and cancelled without', async (t) => {
    const { ana, ben, waiting } = await room(t)
    const { id } = await waiting()
    assert.equal((await ben('POST', `/promotions/${id}/reject`, {})).status, 400)
    const { json } = await ben('POST', `/promotions/${id}/reject`, { reason: 'not today' })
    const rejected: z.infer<typeof promotionDetail> = json
    assert.deepEqual([rejected.outcome, rejected.reason], ['rejected', 'not today'])
    const again = await ana('POST', '/promotions', order)
    assert.equal(again.status, 201)
    const planned: z.infer<typeof promotionDetail> = again.json
    assert.deepEqual([planned.origin, planned.requestedBy], ['person', 'ana'])
    const cancelled = await ana('POST', `/promotions/${planned.id}/cancel`)
    assert.equal((cancelled.json as z.infer<typeof promotionDetail>).outcome, 'cancelled')
  })

  it('are asked for once, whatever the network does', async (t) => {
    const { rig, ana, waiting } = await room(t)
    await rig.release('shop', '1.1.0')
    await waiting()
    const wish = { ...order, version: '1.1.0' }
    const [one, two] = [
      await ana('POST', '/promotions', wish, 'key'),
      await ana('POST', '/promotions', wish, 'key'),
    ]
    assert.deepEqual([one.status, two.status], [201, 201])
    const idOf = ({ id }: z.infer<typeof promotionDetail>) => id
    assert.equal(idOf(one.json), idOf(two.json))
    const other = await ana('POST', '/promotions', wish)
    assert.equal((other.json as Problem).code, 'promotion.exists')
  })

  it('of what nobody knows are refused with what there is', async (t) => {
    const { ana } = await room(t)
    const ask = async (body: object) => {
      const { status, json } = await ana('POST', '/promotions', body)
      const { code, remedy }: Problem = json
      return [status, code, remedy]
    }
    assert.deepEqual(await ask({ ...order, service: 'shp' }), [
      404,
      'service.unknown',
      'Did you mean shop?',
    ])
    const [, code] = await ask({ ...order, version: '9.0.0' })
    assert.equal(code, 'release.unknown')
    assert.equal((await ask({ ...order, environment: 'moon' }))[1], 'environment.unknown')
    assert.equal((await ask({ ...order, colour: 'red' }))[0], 400)
    assert.equal((await ana('GET', '/promotions/prm_no')).status, 404)
  })

  it('that nothing can help are refused at once', async (t) => {
    const { rig, ana } = await room(t)
    await rig.environments('dev', 'prod', 'moon')
    const off = await ana('POST', '/promotions', { ...order, environment: 'moon' })
    assert.deepEqual([off.status, (off.json as Problem).code], [409, 'path.off'])
    await rig.say('release', 'rel_shop_1.0.0', {
      type: 'release.vetoed',
      service: 'shop',
      version: '1.0.0',
      reason: 'leaks',
    })
    const bad = await ana('POST', '/promotions', { ...order, environment: 'dev' })
    assert.equal((bad.json as Problem).code, 'release.vetoed')
  })

  it('are explained before anybody asks for one', async (t) => {
    const { rig, ana } = await room(t)
    await rig.release('shop', '1.1.0')
    const explain = async (query: string) => {
      const { json } = await ana('GET', `/explain?service=shop&environment=prod${query}`)
      return json as z.infer<typeof explanation>
    }
    const newest = await explain('')
    assert.deepEqual([newest.version, newest.promotion], ['1.1.0', null])
    assert.ok(newest.verdict.reasons.some(({ code }) => code === 'upstream.not-validated'))
    const older = await explain('&release=1.0.0')
    assert.match(older.promotion ?? '', /^prm_/)
    assert.deepEqual(older.verdict.whoCanAct, ['ben'])
  })
})

describe('deployments over HTTP', () => {
  const started = async (t: TestContext) => {
    const it = await room(t)
    const { id } = await it.waiting()
    await it.ben('POST', `/promotions/${id}/approve`)
    await it.rig.run()
    await it.rig.release('shop', '1.1.0')
    await it.rig.run(MINUTE)
    await it.ben('POST', `/promotions/${(await it.waiting()).id}/approve`)
    await it.rig.run(25_000)
    const { json } = await it.ana('GET', '/deployments?open=true')
    const [first]: z.infer<typeof deploymentSummary>[] = json
    assert.ok(first)
    return { ...it, id: first.id }
  }

  it('are watched tick by tick, and stopped', async (t) => {
    const { rig, ana, id } = await started(t)
    const { json } = await ana('GET', `/deployments/${id}`)
    const detail: z.infer<typeof deploymentDetail> = json
    assert.deepEqual([detail.status, detail.weight, detail.kind], ['running', 10, 'forward'])
    assert.ok(detail.ticks.length > 0)
    assert.equal(detail.returnPoint?.version, '1.0.0')
    const paused = await ana('POST', `/deployments/${id}/pause`, { reason: 'look' })
    assert.equal((paused.json as z.infer<typeof deploymentDetail>).status, 'paused')
    await ana('POST', `/deployments/${id}/resume`, { reason: 'looked' })
    const slots = await ana('GET', '/slots?environment=prod')
    const [slot]: z.infer<typeof slotSummary>[] = slots.json
    assert.deepEqual(
      slot?.weights.map(({ version, weight }) => [version, weight]),
      [
        ['1.1.0', 10],
        ['1.0.0', 90],
      ],
    )
    const aborted = await ana('POST', `/deployments/${id}/abort`, { reason: 'wrong day' })
    assert.equal((aborted.json as z.infer<typeof deploymentDetail>).status, 'undoing')
    await rig.run()
    const late = await ana('POST', `/deployments/${id}/advance`, { reason: 'after all' })
    assert.equal((late.json as Problem).code, 'deployment.finished')
    assert.equal((await ana('GET', '/deployments/dep_no')).status, 404)
  })
})

describe('slots over HTTP', () => {
  it('are shown with their instances, held and resumed', async (t) => {
    const { ana } = await room(t)
    const { json } = await ana('GET', '/slots/dev/shop')
    const slot: z.infer<typeof slotDetail> = json
    assert.deepEqual(
      [slot.url, slot.deployed?.version, slot.groups[0]?.ready],
      ['http://127.0.0.1:4000', '1.0.0', 2],
    )
    const held = await ana('POST', '/slots/hold', { ...order, reason: 'sale' })
    assert.equal((held.json as z.infer<typeof slotSummary>).hold?.reason, 'sale')
    const resumed = await ana('POST', '/slots/resume', { ...order, reason: 'over' })
    assert.equal((resumed.json as z.infer<typeof slotSummary>).hold, null)
    const unknown = await ana('POST', '/slots/hold', { ...order, service: 'x', reason: 'sale' })
    assert.deepEqual([unknown.status, (unknown.json as Problem).code], [404, 'service.unknown'])
  })

  it('are rolled back in one go', async (t) => {
    const { rig, ana } = await room(t)
    const nothing = await ana('POST', '/rollback', { ...order, reason: 'slow' })
    assert.equal((nothing.json as Problem).code, 'rollback.nothing-deployed')
    await rig.release('shop', '1.1.0')
    await rig.run()
    const back = { service: 'shop', environment: 'dev', reason: 'slow' }
    const { status, json } = await ana('POST', '/rollback', back, 'key')
    const deployment: z.infer<typeof deploymentDetail> = json
    assert.deepEqual(
      [status, deployment.kind, deployment.version, deployment.status],
      [202, 'rollback', '1.0.0', 'running'],
    )
    const again = await ana('POST', '/rollback', back, 'key')
    assert.equal((again.json as z.infer<typeof deploymentDetail>).id, deployment.id)
    const other = await ana('POST', '/rollback', back)
    assert.equal((other.json as Problem).code, 'slot.taken')
    await rig.run()
    const slot = (await ana('GET', '/slots/dev/shop')).json as z.infer<typeof slotDetail>
    assert.deepEqual([slot.deployed?.version, slot.hold?.by], ['1.0.0', 'ana'])
    const named = await ana('POST', '/rollback', { ...back, to: '7.0.0' })
    assert.equal((named.json as Problem).code, 'rollback.not-validated')
  })
})
