/** What people tell by the command line, until it counts in the figures. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { routes as catalogRoutes } from '#catalog/routes.ts'
import type { Routes } from '#engine/routing.ts'
import { insightPlace } from '../../../test/support/insight-place.ts'
import { record } from '../../../test/support/facts.ts'
import { type Roles, runCli } from '../program.ts'

/** One run is known, and no other. */
const runs: Routes = (app, context) => {
  app.get('/runs/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string }
    return id === 'run_1' ? { id } : context.unknown(reply, 'run', id)
  })
}

async function room(t: TestContext) {
  const place = await insightPlace(t, [], [catalogRoutes, runs])
  const spec = { name: 'shop', tier: 0, owner: 'team', dependsOn: [], source: { paths: ['**'] } }
  const registered = { type: 'service.registered', at: Date.now() - 1_000, by: 'ana', spec }
  await record(place.engine, 'service', 'shop', registered)
  const run = async (...argv: string[]) => {
    const said = { out: '', err: '' }
    const io = {
      out: (text: string) => void (said.out += text),
      err: (text: string) => void (said.err += text),
      ...{ isTerminal: false, colour: false, columns: 80 },
    }
    const environment = { SIGNALBOX_URL: place.url, SIGNALBOX_TOKEN: '' }
    const roles = undefined as unknown as Roles
    return { exit: await runCli(argv, { environment, version: '1', roles, io }), ...said }
  }
  const kpi = async (number: string) => {
    const report = (await place.get(`/insights?kpi=${number}`)) as {
      kpis: Record<string, { value: number | null; n: number }>
    }
    return report.kpis[number]
  }
  return { run, kpi }
}

it('a runbook that was read and a drill that passed make a service ready', async (t) => {
  const { run, kpi } = await room(t)
  assert.equal((await run('runbook', 'reviewed', 'shop', 'docs/back.md', '--rollback')).exit, 0)
  assert.equal((await kpi('K11'))?.value, 0)
  assert.equal((await run('drill', 'done', 'shop', 'passed')).exit, 0)
  assert.equal((await kpi('K11'))?.value, 1)
  assert.equal((await kpi('K19'))?.value, 1)
})

it('what is of nobody, or says nothing, is refused with the nearest name', async (t) => {
  const { run, kpi } = await room(t)
  const misspelt = await run('drill', 'done', 'shpo', 'passed')
  assert.deepEqual([misspelt.exit, /shop/.test(misspelt.err)], [1, true])
  const odd = await run('drill', 'done', 'shop', 'well')
  assert.equal(odd.exit, 1)
  assert.match(odd.err, /One of pass, fail/)
  assert.equal((await run('diagnose', 'run_2', '--class', 'oom')).exit, 1)
  assert.equal((await run('diagnose', 'run_1', '--class', 'oom')).exit, 0)
  assert.equal((await kpi('K11'))?.n, 0)
})
