/** A survey from its opening to the figure, answered by links over HTTP. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { after, START } from '#engine/store.ts'
import { insightPlace } from '../../../test/support/insight-place.ts'
import { surveyPages } from './surveys.ts'

async function world(t: TestContext) {
  const place = await insightPlace(t, [], [], [surveyPages])
  const { url } = place
  const post = async (path: string, body: object = {}) => {
    const headers = { 'content-type': 'application/json' }
    const sent = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${url}/api/v1${path}`, sent)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const answer = (link: string, form: Record<string, string>) =>
    fetch(`${url}${link}`, { method: 'POST', body: new URLSearchParams(form) })
  const open = async (more: object = {}) => {
    const { status, body } = await post('/surveys', { title: 'Q3', invited: 6, ...more })
    assert.equal(status, 201)
    return body as unknown as { survey: string; links: string[] }
  }
  return { ...place, post, answer, open }
}

it('six links, five answers, one figure; and no secret on record', async (t) => {
  const { open, answer, get, engine, url, post } = await world(t)
  const { survey, links } = await open()
  const page = await fetch(`${url}${links[0]}`)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
  assert.match(await page.text(), /How satisfied/)
  for (const link of links.slice(0, 5)) {
    const form = { score: '4', comment: '<b>bold</b>\u0000' }
    assert.equal((await answer(link, form)).status, 200)
  }
  const shown = (await get(`/surveys/${survey}`)) as { mean: number; comments: string[] }
  assert.deepEqual([shown.mean, shown.comments[0]], [4, '<b>bold</b>'])
  const report = (await get('/insights?kpi=K18')) as { kpis: { K18: { value: number; n: number } } }
  assert.deepEqual([report.kpis.K18.value, report.kpis.K18.n], [4, 5])
  const all = JSON.stringify(await after(engine.database, START, 100))
  for (const link of links) assert.ok(!all.includes(link.split('.')[1] ?? '?'))
  assert.equal((await post(`/surveys/${survey}/close`)).body['status'], 'closed')
  assert.equal((await answer(links[5] ?? '', { score: '1' })).status, 410)
})

it('what cannot be an answer is none', async (t) => {
  const { open, answer, url, post, get } = await world(t)
  const { survey, links } = await open()
  const [link = '', other = ''] = links
  for (const score of ['', '0', '6', '4.5', 'NaN', '<script>'])
    assert.equal((await answer(link, { score })).status, 422)
  assert.equal((await answer(link, { score: '5' })).status, 200)
  assert.equal((await answer(link, { score: '1' })).status, 409)
  assert.equal((await fetch(`${url}${link}`)).status, 409)
  assert.equal((await answer(`${other}x`, { score: '5' })).status, 404)
  assert.equal((await answer(`/survey/svy_${'0'.repeat(26)}.${'a'.repeat(32)}`, {})).status, 404)
  const long = await answer(other, { score: '5', comment: 'x'.repeat(60_000) })
  assert.equal(long.status, 413)
  const twice = await Promise.all([1, 2, 3].map(() => answer(other, { score: '3' })))
  assert.deepEqual(twice.map(({ status }) => status).toSorted(), [200, 409, 409])
  const { answers } = (await get(`/surveys/${survey}`)) as { answers: number }
  assert.equal(answers, 2)
  assert.equal((await post('/surveys', { title: 'few', invited: 4 })).status, 400)
  assert.equal((await post('/surveys/svy_nobody/close')).body['code'], 'survey.unknown')
})
