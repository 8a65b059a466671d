import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { openGit } from '#connectors/git/git.ts'
import { GIT_ENVIRONMENT, GitRepository } from '../../../test/support/git-repository.ts'
import { governanceRig } from '../../../test/support/governance-rig.ts'
import { serve } from '../../../test/support/routes.ts'
import { pullRequestsOf } from '../../governance-needs.ts'
import { fourEyesRoutes } from './four-eyes.ts'

interface Answer {
  readonly code?: string
  readonly verdict: string
  readonly isRequired: boolean
  readonly from: { ref: string } | null
  readonly to: { ref: string }
  readonly commits: readonly { sha: string; reason: string; approvedBy: string[] }[]
}

async function room(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-eyes-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const git = await openGit({ folder: join(root, 'mirrors'), environment: GIT_ENVIRONMENT })
  const repository = new GitRepository(join(root, 'repository'))
  const rig = await governanceRig(t, repository.bare)
  await rig.service({ name: 'shop' })
  for (const id of ['ana', 'ben', 'cy']) await rig.person(id, ['approver'])
  const routes = fourEyesRoutes({ git, pullRequestsOf })
  const ask = serve(t, routes, { engine: rig.engine, now: () => 10_000 })('cy')
  return {
    rig,
    repository,
    ask: async (query: string) => (await ask('GET', `/evidence/four-eyes?${query}`)).json as Answer,
  }
}

it('judges what lies between two deployed commits by the approvals of promotions', async (t) => {
  const { rig, repository, ask } = await room(t)
  const first = repository.commit('first', { 'a.js': '1\n' })
  const docs = repository.commit('docs', { 'docs/a.md': '1\n' })
  const seen = repository.commit('seen', { 'a.js': '2\n' })
  const own = repository.commit('own', { 'a.js': '3\n' }, { name: 'Cy', email: 'cy@example.org' })
  repository.push()
  const one = { id: '1', version: '1.0.0', sha: first, at: 1_000, approvedBy: [] }
  const two = { id: '2', version: '1.1.0', sha: seen, at: 2_000, approvedBy: ['cy'] }
  const three = { id: '3', version: '1.2.0', sha: own, at: 3_000, approvedBy: ['cy'] }
  for (const each of [one, two, three]) {
    await rig.release(each)
    await rig.deploy(each)
  }
  const reasons = ({ commits }: Answer) => commits.map(({ reason }) => reason)
  const good = await ask('service=shop&from=1.0.0&to=1.1.0')
  assert.deepEqual(
    [good.verdict, good.isRequired, reasons(good), good.commits[0]?.approvedBy],
    ['PASS', true, ['approved', 'approved'], ['cy']],
  )
  const last = await ask('service=shop')
  assert.deepEqual(
    [last.verdict, last.from?.ref, last.to.ref, reasons(last)],
    ['FAIL', 'dep_2', 'dep_3', ['self-approval']],
  )
  const byCommit = await ask(
    `service=shop&from=${first}&to=${docs.slice(0, 40)}&exemptPaths=docs/**`,
  )
  assert.deepEqual([byCommit.verdict, reasons(byCommit)], ['PASS', ['exempt-paths']])
  assert.deepEqual(reasons(await ask('service=shop&to=dep_1')), ['direct-push'])
})

it('knows nobody by guessing', async (t) => {
  const { ask } = await room(t)
  assert.equal((await ask('service=shpo')).code, 'service.unknown')
  assert.equal((await ask('service=shop&environment=prd')).code, 'environment.unknown')
  assert.equal((await ask('service=shop')).code, 'reference.unknown')
  assert.equal((await ask('service=shop&from=9.9.9&to=8.8.8')).code, 'reference.unknown')
})

it('judges by reviews that a git host told of, as of the commit that they looked at', async (t) => {
  const { rig, repository, ask } = await room(t)
  const first = repository.commit('first', { 'a.js': '1\n' })
  const squash = repository.commit('squash (#7)', { 'a.js': '2\n' })
  const stale = repository.commit('squash (#8)', { 'a.js': '3\n' })
  const byBot = repository.commit('squash (#9)', { 'a.js': '4\n' })
  repository.push()
  let count = 0
  const tell = (change: string, at: number, fields: object) =>
    rig.say('observation', `o${count++}`, {
      type: 'observation.recorded',
      observation: {
        ...{ repository: repository.bare, change, occurredAt: at, recordedAt: at },
        ...{ source: 'github', sourceEventId: `o${count}`, ...fields },
      },
    })
  const head = (of: string) => of.repeat(40)
  const merged = async (change: string, mergeSha: string, reviewed: string, by: string) => {
    await tell(change, 1, { type: 'change.opened', author: 'ana' })
    const review = { type: 'change.reviewed', verdict: 'approved' }
    await tell(change, 2, { ...review, sha: head(reviewed), by })
    await tell(change, 3, { type: 'change.merged', mergeSha, headSha: head('b') })
  }
  await merged('7', squash, 'b', 'cy')
  await merged('8', stale, 'a', 'cy')
  await merged('9', byBot, 'b', 'renovate[bot]')
  const { commits } = await ask(`service=shop&from=${first}&to=${byBot}`)
  assert.deepEqual(
    commits.map(({ reason }) => reason),
    ['approved', 'approval-older', 'machine-approval'],
  )
  assert.deepEqual(commits[0]?.approvedBy, ['cy'])
})
